import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DER, writeElement, writeObjectIdentifier, writeTime } from './der.ts';
import { writePem } from './pem.ts';

/** A certificate for development, with its key. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
const CERTIFICATE = 'certificate.pem';
const KEY = 'key.pem';

/** Where the certificate for development of a policy is kept: beside the policy. */
export function selfSignedFile(folder: string): string {
  return join(folder, '.sallyport', CERTIFICATE);
}

/**
 * The certificate for development that is kept in `folder/.sallyport`, or a new one where there is none, it has expired, is for another
 * machine, or its key is not there. With `keep` a new one is written, for nobody else to read. Throws the system's error where that fails.
 */
export function takeSelfSigned(folder: string, nowMs: number, keep: boolean): SelfSigned {
  const names = ['localhost', ...hostName()];
  const place = join(folder, '.sallyport');
  const kept = readKept(place, names, nowMs);
  if (kept !== null) return kept;
  const made = makeSelfSigned(names, nowMs);
  if (!keep) return made;
  mkdirSync(place, { recursive: true, mode: 0o700 });
  // A key that is committed is everybody's.
  writeFileSync(join(place, '.gitignore'), '*\n');
  writePrivate(join(place, KEY), made.key);
  writePrivate(join(place, CERTIFICATE), made.certificate);
  return made;
}

/** This machine's name where it is one that a certificate can have. */
function hostName(): string[] {
  const name = hostname().toLowerCase();
  return name !== 'localhost' &&
    /^(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.){0,20}[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?$/.test(name)
    ? [name]
    : [];
}

function readKept(place: string, names: readonly string[], nowMs: number): SelfSigned | null {
  try {
    const certificate = readFileSync(join(place, CERTIFICATE), 'utf8');
    const key = readFileSync(join(place, KEY), 'utf8');
    const x509 = new X509Certificate(certificate);
    const fits =
      x509.checkPrivateKey(createPrivateKey(key)) && names.every((name) => x509.checkHost(name) !== undefined);
    return fits && nowMs >= x509.validFromDate.getTime() && nowMs < x509.validToDate.getTime() - DAY_MS
      ? { certificate, key }
      : null;
  } catch {
    return null;
  }
}

/** Written whole under another name first: a process that starts meanwhile never reads half a key. */
function writePrivate(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}

/** Makes a certificate (RFC 5280) with a new P-256 key for these DNS names and the loopback addresses; it is for servers only and signs nothing. */
export function makeSelfSigned(names: readonly string[], nowMs: number): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sequence = (...contents: readonly Uint8Array[]): Buffer => writeElement(DER.SEQUENCE, ...contents);
  const algorithm = sequence(writeObjectIdentifier('1.2.840.10045.4.3.2'));
  const name = sequence(
    writeElement(
      DER.SET,
      sequence(writeObjectIdentifier('2.5.4.3'), writeElement(DER.UTF8_STRING, Buffer.from('Sallyport development'))),
    ),
  );
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const critical = writeElement(DER.BOOLEAN, Buffer.from([0xff]));
  const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
    sequence(writeObjectIdentifier(id), ...(isCritical ? [critical] : []), writeElement(DER.OCTET_STRING, value));
  const alternatives = [
    ...names.map((dnsName) => writeElement(0x82, Buffer.from(dnsName))),
    writeElement(0x87, Buffer.from([127, 0, 0, 1])),
    writeElement(0x87, Buffer.from([...Array<number>(15).fill(0), 1])),
  ];
  const extensions = sequence(
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, writeElement(DER.BIT_STRING, Buffer.from([7, 0x80]))),
    extension('2.5.29.37', false, sequence(writeObjectIdentifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(...alternatives)),
  );
  const tbs = sequence(
    writeElement(0xa0, writeElement(DER.INTEGER, Buffer.from([2]))),
    writeElement(DER.INTEGER, serial),
    algorithm,
    name,
    sequence(writeTime(nowMs - DAY_MS), writeTime(nowMs + VALID_DAYS * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    writeElement(0xa3, extensions),
  );
  const signature = writeElement(DER.BIT_STRING, Buffer.from([0]), sign('sha256', tbs, privateKey));
  return {
    certificate: writePem(sequence(tbs, algorithm, signature), 'CERTIFICATE'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
