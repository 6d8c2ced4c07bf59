import { verify, type KeyObject } from 'node:crypto';
import { DER, DerError, readElement, readObjectIdentifier, type DerElement } from './der.ts';

/** What `crypto.verify` calls the digest of a signature algorithm; null for those that bring their own. */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
  ['1.3.101.112', null],
  ['1.3.101.113', null],
]);

/**
 * Makes the check of a signature as X.509 has them: bytes, an AlgorithmIdentifier and a BIT STRING. Throws `DerError` where the algorithm is
 * unknown or as weak as SHA-1; a key of another kind than the algorithm has signed nothing.
 */
export function signatureCheck(
  raw: Buffer,
  parts: { readonly signed: DerElement; readonly algorithm: DerElement; readonly signature: DerElement },
): (key: KeyObject) => boolean {
  const { signed, algorithm, signature } = parts;
  const digest = DIGESTS.get(
    readObjectIdentifier(raw, readElement(raw, algorithm.start, algorithm.end, DER.OBJECT_IDENTIFIER)),
  );
  if (digest === undefined) throw new DerError('its signature algorithm is not supported');
  return (key) => {
    try {
      return verify(digest, raw.subarray(signed.at, signed.end), key, raw.subarray(signature.start + 1, signature.end));
    } catch {
      return false;
    }
  };
}
