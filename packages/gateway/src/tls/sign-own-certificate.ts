import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { DER, writeElement, writeObjectIdentifier, writeTime } from './der.ts';
import { writePem } from './pem.ts';

export interface OwnCertificate {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** Each of four or sixteen bytes. */
  readonly addresses: readonly Uint8Array[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Beside those of every certificate for servers. */
  readonly extensions?: readonly Uint8Array[];
}

const ECDSA_SHA256 = '1.2.840.10045.4.3.2';

/** Makes a P-256 key and a certificate (RFC 5280) signed by it; it is for servers only and signs nothing. Both in PEM. */
export function signOwnCertificate(wanted: OwnCertificate): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = writeSequence(writeObjectIdentifier(ECDSA_SHA256));
  const name = writeCommonName(wanted.commonName);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const extensions = writeSequence(
    writeExtension('2.5.29.19', true, writeSequence()),
    writeExtension('2.5.29.15', true, writeElement(DER.BIT_STRING, Buffer.from([7, 0x80]))),
    writeExtension('2.5.29.37', false, writeSequence(writeObjectIdentifier('1.3.6.1.5.5.7.3.1'))),
    writeAlternativeNames(wanted.dnsNames, wanted.addresses),
    ...(wanted.extensions ?? []),
  );
  const tbs = writeSequence(
    writeElement(0xa0, writeElement(DER.INTEGER, Buffer.from([2]))),
    writeElement(DER.INTEGER, serial),
    algorithm,
    name,
    writeSequence(writeTime(wanted.fromMs), writeTime(wanted.toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    writeElement(0xa3, extensions),
  );
  return {
    certificate: writePem(writeSequence(tbs, algorithm, writeBits(sign('sha256', tbs, privateKey))), 'CERTIFICATE'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** A request for a certificate (RFC 2986) for these names, with a new P-256 key. The names stand in the extension alone, where authorities look. */
export function makeCertificateRequest(dnsNames: readonly string[]): { readonly der: Buffer; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const wanted = writeSequence(
    writeObjectIdentifier('1.2.840.113549.1.9.14'),
    writeElement(DER.SET, writeSequence(writeAlternativeNames(dnsNames, []))),
  );
  const asked = writeSequence(
    writeElement(DER.INTEGER, Buffer.from([0])),
    writeSequence(),
    publicKey.export({ type: 'spki', format: 'der' }),
    writeElement(0xa0, wanted),
  );
  const algorithm = writeSequence(writeObjectIdentifier(ECDSA_SHA256));
  return {
    der: writeSequence(asked, algorithm, writeBits(sign('sha256', asked, privateKey))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

export function writeSequence(...contents: readonly Uint8Array[]): Buffer {
  return writeElement(DER.SEQUENCE, ...contents);
}

/** An extension of a certificate (RFC 5280, section 4.1); `value` is the element inside its octet string. */
export function writeExtension(id: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [writeElement(DER.BOOLEAN, Buffer.from([0xff]))] : [];
  return writeSequence(writeObjectIdentifier(id), ...flag, writeElement(DER.OCTET_STRING, value));
}

function writeAlternativeNames(dnsNames: readonly string[], addresses: readonly Uint8Array[]): Buffer {
  const names = dnsNames.map((name) => writeElement(0x82, Buffer.from(name)));
  return writeExtension(
    '2.5.29.17',
    false,
    writeSequence(...names, ...addresses.map((address) => writeElement(0x87, address))),
  );
}

function writeCommonName(text: string): Buffer {
  const pair = writeSequence(writeObjectIdentifier('2.5.4.3'), writeElement(DER.UTF8_STRING, Buffer.from(text)));
  return writeSequence(writeElement(DER.SET, pair));
}

function writeBits(bytes: Uint8Array): Buffer {
  return writeElement(DER.BIT_STRING, Buffer.from([0]), bytes);
}
