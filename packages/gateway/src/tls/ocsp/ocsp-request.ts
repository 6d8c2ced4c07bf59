import { createHash, type X509Certificate } from 'node:crypto';
import { DER, readChildren, readElement, writeElement, writeObjectIdentifier } from '../der.ts';
import type { ReadCertificate } from '../read-certificate.ts';
import { writeExtension, writeSequence } from '../sign-own-certificate.ts';

/** What a certificate is called in a question about it (RFC 6960, section 4.1.1). */
export interface CertificateId {
  /** The DER of the digests and the serial number, without the algorithm, whose parameters some write and some leave out. */
  readonly rest: Buffer;
  readonly der: Buffer;
  /** For a map. */
  readonly name: string;
}

export const NONCE = '1.3.6.1.5.5.7.48.1.2';
/** It names a certificate and proves nothing; responders know no other digest for sure (RFC 5019, section 2.1.1). */
export const SHA1 = '1.3.14.3.2.26';
const NULL = Buffer.from([5, 0]);

export function certificateId(leaf: X509Certificate, issuer: ReadCertificate): CertificateId {
  const { raw } = leaf;
  const whole = readElement(raw, 0, raw.length, DER.SEQUENCE);
  const fields = readChildren(raw, readElement(raw, whole.start, whole.end, DER.SEQUENCE));
  const serial = fields.find(({ tag }) => tag === DER.INTEGER);
  if (serial === undefined) throw new Error('the certificate has no serial number');
  const rest = Buffer.concat([
    writeElement(DER.OCTET_STRING, sha1(Buffer.from(issuer.fields.subject, 'latin1'))),
    writeElement(DER.OCTET_STRING, sha1(keyBits(issuer.x509))),
    raw.subarray(serial.at, serial.end),
  ]);
  return {
    rest,
    der: writeSequence(writeSequence(writeObjectIdentifier(SHA1), NULL), rest),
    name: rest.toString('latin1'),
  };
}

/** A question about one certificate, in DER. A `nonce` of null asks for an answer that the responder may have made before. */
export function writeOcspRequest(id: CertificateId, nonce: Buffer | null): Buffer {
  const list = writeSequence(writeSequence(id.der));
  if (nonce === null) return writeSequence(writeSequence(list));
  const extensions = writeSequence(writeExtension(NONCE, false, writeElement(DER.OCTET_STRING, nonce)));
  return writeSequence(writeSequence(list, writeElement(0xa2, extensions)));
}

/** The bits of the public key itself, without what says of which kind it is. */
function keyBits({ publicKey }: X509Certificate): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const whole = readElement(spki, 0, spki.length, DER.SEQUENCE);
  const bits = readChildren(spki, whole)[1];
  if (bits?.tag !== DER.BIT_STRING) throw new Error('the key is malformed');
  return spki.subarray(bits.start + 1, bits.end);
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}
