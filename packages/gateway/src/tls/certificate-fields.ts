import { DER, DerError, readChildren, readElement, readObjectIdentifier, type DerElement } from './der.ts';

/** What Node's own reader does not tell of a certificate, or tells as text that a name could be forged in. */
export interface CertificateFields {
  /** Without leading zero bytes, a character a byte. */
  readonly serial: string;
  /** The distinguished names as they are encoded, a character a byte. */
  readonly issuer: string;
  readonly subject: string;
  readonly commonNames: readonly string[];
  readonly organisations: readonly string[];
  readonly units: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** Bits of the key usage (RFC 5280, section 4.2.1.3), the first the highest; null where the extension is absent. */
  readonly keyUsage: number | null;
  /** Object identifiers of the extended key usage; null where the extension is absent. */
  readonly purposes: readonly string[] | null;
  /** True where an extension that must be understood is not. */
  readonly unknownCritical: boolean;
}

export const CLIENT_PURPOSE = '1.3.6.1.5.5.7.3.2';
export const DIGITAL_SIGNATURE = 0x8000;
export const CERTIFICATE_SIGN = 0x0400;
export const LIST_SIGN = 0x0200;

const COMMON_NAME = '2.5.4.3';
const ORGANISATION = '2.5.4.10';
const UNIT = '2.5.4.11';
const KEY_USAGE = '2.5.29.15';
const ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
/** Checked by OpenSSL in the handshake: name constraints and the policies with what goes with them. */
const CHECKED_IN_HANDSHAKE = ['2.5.29.30', '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54'];
const KNOWN: ReadonlySet<string> = new Set([
  KEY_USAGE,
  ALTERNATIVE_NAME,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
  ...CHECKED_IN_HANDSHAKE,
]);

/** Reads a certificate in DER (RFC 5280, section 4.1). An extension that stands twice, or a name with a NUL in it, is an error. Throws `DerError`. */
export function readCertificateFields(raw: Buffer): CertificateFields {
  const certificate = readElement(raw, 0, raw.length, DER.SEQUENCE);
  const fields = readChildren(raw, readElement(raw, certificate.start, certificate.end, DER.SEQUENCE));
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [serial, , issuer, , subject, , ...rest] = fields;
  if (serial?.tag !== DER.INTEGER || issuer === undefined || subject === undefined)
    throw new DerError('it is no certificate');
  const extensions = readExtensions(
    raw,
    rest.find(({ tag }) => tag === 0xa3),
  );
  const names = alternativeNames(raw, extensions.get(ALTERNATIVE_NAME)?.value);
  return {
    serial: readSerial(raw, serial),
    issuer: raw.toString('latin1', issuer.at, issuer.end),
    subject: raw.toString('latin1', subject.at, subject.end),
    commonNames: subjectNames(raw, subject, COMMON_NAME),
    organisations: readableNames(raw, subject, ORGANISATION),
    units: readableNames(raw, subject, UNIT),
    dnsNames: names(0x82).map((name) => name.toLowerCase()),
    emails: names(0x81),
    uris: names(0x86),
    keyUsage: keyUsage(raw, extensions.get(KEY_USAGE)?.value),
    purposes: purposes(raw, extensions.get(EXTENDED_KEY_USAGE)?.value),
    unknownCritical: [...extensions].some(([id, { critical }]) => critical && !KNOWN.has(id)),
  };
}

/** The extensions of a certificate in DER, by their identifiers. Throws `DerError`. */
export function certificateExtensions(raw: Buffer): ReadonlyMap<string, Extension> {
  const certificate = readElement(raw, 0, raw.length, DER.SEQUENCE);
  const fields = readChildren(raw, readElement(raw, certificate.start, certificate.end, DER.SEQUENCE));
  return readExtensions(
    raw,
    fields.find(({ tag }) => tag === 0xa3),
  );
}

/** A serial number for comparison: without the leading zeros that some authorities write and others do not. */
export function readSerial(raw: Buffer, { start, end }: DerElement): string {
  let from = start;
  while (from < end - 1 && raw[from] === 0) from += 1;
  return raw.toString('latin1', from, end);
}

export interface Extension {
  readonly critical: boolean;
  /** The element inside the octet string. */
  readonly value: DerElement;
}

/** The extensions below an explicit tag, by their identifiers. */
export function readExtensions(raw: Buffer, tagged: DerElement | undefined): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (tagged === undefined) return extensions;
  for (const extension of readChildren(raw, readElement(raw, tagged.start, tagged.end, DER.SEQUENCE))) {
    const [id, second, third] = readChildren(raw, extension);
    const value = third ?? second;
    if (id === undefined || value?.tag !== DER.OCTET_STRING) throw new DerError('an extension is malformed');
    const name = readObjectIdentifier(raw, id);
    if (extensions.has(name)) throw new DerError('an extension stands twice');
    extensions.set(name, {
      critical: third !== undefined && second !== undefined && raw[second.start] !== 0,
      value: readElement(raw, value.start, value.end),
    });
  }
  return extensions;
}

function subjectNames(raw: Buffer, subject: DerElement, wanted: string): string[] {
  return readChildren(raw, subject).flatMap((set) =>
    readChildren(raw, set).flatMap((pair) => {
      const [id, value] = readChildren(raw, pair);
      if (id === undefined || value === undefined || readObjectIdentifier(raw, id) !== wanted) return [];
      // Other types (BMPString and the like) have no one meaning as text: such a name is none.
      const known = value.tag === DER.UTF8_STRING || value.tag === DER.PRINTABLE_STRING || value.tag === DER.IA5_STRING;
      return known ? [toText(raw, value)] : [];
    }),
  );
}

/** Names that roles may depend on and nothing else: where one of them cannot be read, there are none, and the certificate is as good as it was. */
function readableNames(raw: Buffer, subject: DerElement, wanted: string): string[] {
  try {
    return subjectNames(raw, subject, wanted);
  } catch {
    return [];
  }
}

function alternativeNames(raw: Buffer, value: DerElement | undefined): (tag: number) => string[] {
  const names = value === undefined ? [] : readChildren(raw, value);
  return (tag) => names.filter((name) => name.tag === tag).map((name) => toText(raw, name));
}

/** A NUL ends a text for some readers and not for others: `bank.example\0.evil.example` is a name of nobody. */
function toText(raw: Buffer, { start, end }: DerElement): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(raw.subarray(start, end));
  if (/\p{Cc}/u.test(text)) throw new DerError('a name holds a control character');
  return text;
}

function keyUsage(raw: Buffer, value: DerElement | undefined): number | null {
  if (value === undefined) return null;
  if (value.tag !== DER.BIT_STRING) throw new DerError('the key usage is malformed');
  return ((raw[value.start + 1] ?? 0) << 8) | (value.end - value.start > 2 ? (raw[value.start + 2] as number) : 0);
}

function purposes(raw: Buffer, value: DerElement | undefined): string[] | null {
  return value === undefined ? null : readChildren(raw, value).map((purpose) => readObjectIdentifier(raw, purpose));
}
