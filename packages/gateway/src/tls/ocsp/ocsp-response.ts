import { DIGITAL_SIGNATURE, readExtensions } from '../certificate-fields.ts';
import { parseCertificate, type ReadCertificate } from '../read-certificate.ts';
import { CLOCK_SKEW_MS } from '../clock-skew.ts';
import { DER, DerError, readChildren, readElement, readObjectIdentifier, readTime, type DerElement } from '../der.ts';
import { signatureCheck } from '../signature-check.ts';
import { NONCE, SHA1, type CertificateId } from './ocsp-request.ts';

/** What an authority says of a certificate, its signature verified. */
export interface OcspAnswer {
  readonly state: 'good' | 'revoked' | 'unknown';
  readonly thisUpdateMs: number;
  /** Until when it may be believed. */
  readonly untilMs: number;
}

export interface OcspQuestion {
  readonly id: CertificateId;
  readonly issuer: ReadCertificate;
  /** What was sent; null for none. An answer may leave it out, but not give another one. */
  readonly nonce: Buffer | null;
  readonly nowMs: number;
}

/** The responder answers, and says nothing of this certificate: about others it may. */
export class UnknownCertificateError extends Error {}

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const SIGNING_PURPOSE = '1.3.6.1.5.5.7.3.9';
const ENUMERATED = 0x0a;
const MAX_CERTIFICATES = 5;
/** How long an answer without nextUpdate is believed: newer ones are to be had all the time (RFC 6960, section 4.2.2.1). */
const SHORT_MS = 5 * 60_000;
const MAX_BELIEVED_MS = 7 * 86_400_000;
/** Malformed and unauthorized: what responders say that have no record of a certificate (RFC 5019, section 2.2.3). */
const OF_ONE_CERTIFICATE: readonly number[] = [1, 6];
const STATUS: Readonly<Record<number, string>> = {
  1: 'the question is malformed',
  2: 'it has a fault',
  3: 'it asks to try later',
  5: 'it wants signed questions',
  6: 'it does not answer us',
};

/**
 * Reads and verifies an answer (RFC 6960, section 3.2): it is about the certificate that was asked for, signed by its issuer or by whom the
 * issuer gave the right to (OCSPSigning, directly issued, valid now), and it is of now. Throws an `Error` that says what is wrong.
 */
export function readOcspResponse(raw: Buffer, question: OcspQuestion): OcspAnswer {
  const whole = readElement(raw, 0, raw.length, DER.SEQUENCE);
  const [status, bytes] = readChildren(raw, whole);
  if (whole.end !== raw.length || status?.tag !== ENUMERATED) throw new DerError('it is no OCSP response');
  const said = raw[status.start] as number;
  if (said !== 0) {
    const reason = STATUS[said] ?? 'it refuses';
    throw OF_ONE_CERTIFICATE.includes(said) ? new UnknownCertificateError(reason) : new Error(reason);
  }
  if (bytes?.tag !== 0xa0) throw new DerError('it has no answer in it');
  const [type, octets] = readChildren(raw, readElement(raw, bytes.start, bytes.end, DER.SEQUENCE));
  if (type === undefined || readObjectIdentifier(raw, type) !== BASIC || octets?.tag !== DER.OCTET_STRING)
    throw new DerError('the answer is of another type');
  const basic = readElement(raw, octets.start, octets.end, DER.SEQUENCE);
  const [data, algorithm, signature, sent] = readChildren(raw, basic);
  if (data?.tag !== DER.SEQUENCE || algorithm?.tag !== DER.SEQUENCE || signature?.tag !== DER.BIT_STRING)
    throw new DerError('the answer is malformed');
  const isSignedBy = signatureCheck(raw, { signed: data, algorithm, signature });
  if (
    !isSignedBy(question.issuer.x509.publicKey) &&
    !delegates(raw, sent, question).some(({ x509 }) => isSignedBy(x509.publicKey))
  )
    throw new Error('neither the issuer nor anybody whom it lets answer has signed it');
  return readData(raw, data, question);
}

/** The certificates sent along that may sign in place of the issuer (section 4.2.2.2). */
function delegates(raw: Buffer, sent: DerElement | undefined, { issuer, nowMs }: OcspQuestion): ReadCertificate[] {
  if (sent?.tag !== 0xa0) return [];
  return readChildren(raw, readElement(raw, sent.start, sent.end, DER.SEQUENCE))
    .slice(0, MAX_CERTIFICATES)
    .flatMap(({ at, end }) => {
      const read = parseCertificate(raw.subarray(at, end));
      if (read === null) return [];
      const { x509, fields } = read;
      const may =
        fields.issuer === issuer.fields.subject &&
        fields.purposes?.includes(SIGNING_PURPOSE) === true &&
        (fields.keyUsage === null || (fields.keyUsage & DIGITAL_SIGNATURE) !== 0) &&
        !fields.unknownCritical &&
        nowMs >= x509.validFromDate.getTime() &&
        nowMs <= x509.validToDate.getTime() &&
        x509.verify(issuer.x509.publicKey);
      return may ? [read] : [];
    });
}

function readData(raw: Buffer, data: DerElement, question: OcspQuestion): OcspAnswer {
  const fields = readChildren(raw, data);
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [responder, , responses, tagged] = fields;
  if (responder === undefined || responses?.tag !== DER.SEQUENCE) throw new DerError('the answer is malformed');
  checkExtensions(raw, tagged?.tag === 0xa1 ? tagged : undefined, question.nonce);
  for (const single of readChildren(raw, responses)) {
    const [id, status, thisUpdate, ...rest] = readChildren(raw, single);
    if (id === undefined || status === undefined || thisUpdate === undefined)
      throw new DerError('the answer is malformed');
    if (isAbout(raw, id, question.id)) {
      checkExtensions(
        raw,
        rest.find(({ tag }) => tag === 0xa1),
        null,
      );
      const next = rest.find(({ tag }) => tag === 0xa0);
      return believe(
        stateOf(status),
        readTime(raw, thisUpdate),
        next === undefined ? null : readTime(raw, readElement(raw, next.start, next.end)),
        question.nowMs,
      );
    }
  }
  throw new UnknownCertificateError('it is about another certificate');
}

function isAbout(raw: Buffer, id: DerElement, asked: CertificateId): boolean {
  const [algorithm, ...rest] = readChildren(raw, id);
  const [first] = rest;
  if (algorithm === undefined || first === undefined) return false;
  const name = readElement(raw, algorithm.start, algorithm.end, DER.OBJECT_IDENTIFIER);
  return readObjectIdentifier(raw, name) === SHA1 && raw.subarray(first.at, id.end).equals(asked.rest);
}

function stateOf({ tag }: DerElement): OcspAnswer['state'] {
  if (tag === 0x80) return 'good';
  if (tag === 0xa1) return 'revoked';
  if (tag === 0x82) return 'unknown';
  throw new DerError('the status is malformed');
}

/** An answer recorded while a certificate was still good must not be played back later. */
function believe(
  state: OcspAnswer['state'],
  thisUpdateMs: number,
  nextUpdateMs: number | null,
  nowMs: number,
): OcspAnswer {
  if (thisUpdateMs > nowMs + CLOCK_SKEW_MS) throw new Error('it is of a time to come');
  const untilMs = Math.min(nextUpdateMs ?? thisUpdateMs + SHORT_MS, nowMs + MAX_BELIEVED_MS);
  if (untilMs + (nextUpdateMs === null ? CLOCK_SKEW_MS : 0) <= nowMs) throw new Error('it is too old');
  return { state, thisUpdateMs, untilMs: Math.max(untilMs, nowMs + 1_000) };
}

function checkExtensions(raw: Buffer, tagged: DerElement | undefined, nonce: Buffer | null): void {
  for (const [id, { critical, value }] of readExtensions(raw, tagged)) {
    if (id === NONCE && nonce !== null) {
      const same = value.tag === DER.OCTET_STRING && raw.subarray(value.start, value.end).equals(nonce);
      if (!same) throw new Error('it is the answer to another question');
    } else if (critical && id !== NONCE) throw new DerError('it has an extension that must be understood and is not');
  }
}
