import type { KeyObject } from 'node:crypto';
import { DER, DerError, readChildren, readElement, readTime, type DerElement } from './der.ts';
import { readExtensions, readSerial } from './certificate-fields.ts';
import { signatureCheck } from './signature-check.ts';
import { readPemBlocks } from './pem.ts';

/** A revocation list (RFC 5280, section 5) whose signature is not looked at yet. */
export interface RevocationList {
  /** The issuer's name as it is encoded, a character a byte. */
  readonly issuer: string;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** Serial numbers without leading zeros, a character a byte. */
  readonly revoked: ReadonlySet<string>;
  isSignedBy(key: KeyObject): boolean;
}

/** Reads every list in a file: PEM blocks, or one list in DER. Throws `DerError` or an `Error` that says what is wrong; never returns an empty list of lists. */
export function readRevocationLists(file: Buffer): RevocationList[] {
  const blocks = file[0] === DER.SEQUENCE ? [file] : readPemBlocks(file.toString('latin1'), 'X509 CRL');
  if (blocks.length === 0) throw new Error('there is no revocation list in it');
  return blocks.map(readRevocationList);
}

/**
 * Reads one list. A list that is not the whole truth about its issuer (a delta, or one for some certificates only) is refused, as is one
 * without nextUpdate: nobody could tell when it has become too old.
 */
function readRevocationList(raw: Buffer): RevocationList {
  const whole = readElement(raw, 0, raw.length, DER.SEQUENCE);
  const tbs = readElement(raw, whole.start, whole.end, DER.SEQUENCE);
  const algorithm = readElement(raw, tbs.end, whole.end, DER.SEQUENCE);
  const signature = readElement(raw, algorithm.end, whole.end, DER.BIT_STRING);
  if (whole.end !== raw.length || signature.end !== whole.end) throw new DerError('something follows its end');
  let at = tbs.start;
  const next = (): DerElement => {
    const element = readElement(raw, at, tbs.end);
    at = element.end;
    return element;
  };
  let element = next();
  if (element.tag === DER.INTEGER) element = next();
  // The algorithm stands outside of what is signed as well; two that differ are an attempt to have it read as another one.
  if (!raw.subarray(element.at, element.end).equals(raw.subarray(algorithm.at, algorithm.end)))
    throw new DerError('it names two signature algorithms');
  const issuer = next();
  const thisUpdateMs = readTime(raw, next());
  if (at >= tbs.end) throw new DerError('it has no nextUpdate');
  const nextUpdate = next();
  if (nextUpdate.tag !== DER.UTC_TIME && nextUpdate.tag !== DER.GENERALIZED_TIME)
    throw new DerError('it has no nextUpdate');
  const revoked = new Set<string>();
  let rest = at < tbs.end ? next() : null;
  if (rest?.tag === DER.SEQUENCE) {
    readEntries(raw, rest, revoked);
    rest = at < tbs.end ? next() : null;
  }
  if (rest !== null && (rest.tag !== 0xa0 || at !== tbs.end)) throw new DerError('an element is of another type');
  for (const { critical } of readExtensions(raw, rest ?? undefined).values())
    if (critical) throw new DerError('it is a delta, or a list for some certificates only');
  const isSignedBy = signatureCheck(raw, { signed: tbs, algorithm, signature });
  return {
    issuer: raw.toString('latin1', issuer.at, issuer.end),
    thisUpdateMs,
    nextUpdateMs: readTime(raw, nextUpdate),
    revoked,
    isSignedBy,
  };
}

/** Serial numbers of all entries; of a list of 100,000, this is where the time goes. */
function readEntries(raw: Buffer, list: DerElement, revoked: Set<string>): void {
  for (let at = list.start; at < list.end; ) {
    const entry = readElement(raw, at, list.end, DER.SEQUENCE);
    const serial = readElement(raw, entry.start, entry.end, DER.INTEGER);
    const date = readElement(raw, serial.end, entry.end);
    if (date.end < entry.end) refuseCritical(raw, readElement(raw, date.end, entry.end, DER.SEQUENCE));
    revoked.add(readSerial(raw, serial));
    at = entry.end;
  }
}

/** The one critical extension of an entry names another issuer (RFC 5280, section 5.3.3): the serial numbers would be somebody else's. */
function refuseCritical(raw: Buffer, extensions: DerElement): void {
  for (const extension of readChildren(raw, extensions)) {
    const flag = readChildren(raw, extension)[1];
    if (flag?.tag === DER.BOOLEAN && raw[flag.start] !== 0) throw new DerError('an entry is for another issuer');
  }
}
