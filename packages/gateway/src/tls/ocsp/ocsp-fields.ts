import { DER, readChildren, readObjectIdentifier } from '../der.ts';
import { certificateExtensions } from '../certificate-fields.ts';

const AUTHORITY_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP_ACCESS = '1.3.6.1.5.5.7.48.1';
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';
const STATUS_REQUEST = 5;
const MAX_URIS = 4;

/** Where an authority answers for a certificate (RFC 5280, section 4.2.2.1): http and https, in the order of the certificate; at most four. */
export function ocspUris(raw: Buffer): string[] {
  try {
    const access = certificateExtensions(raw).get(AUTHORITY_ACCESS);
    if (access === undefined) return [];
    return readChildren(raw, access.value)
      .flatMap((description) => {
        const [method, location] = readChildren(raw, description);
        if (method === undefined || location?.tag !== 0x86 || readObjectIdentifier(raw, method) !== OCSP_ACCESS)
          return [];
        const text = raw.toString('latin1', location.start, location.end);
        return /^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text) && URL.canParse(text) ? [text] : [];
      })
      .slice(0, MAX_URIS);
  } catch {
    return [];
  }
}

/** True where clients must not accept the certificate without a stapled answer (RFC 7633). */
export function mustStaple(raw: Buffer): boolean {
  try {
    const feature = certificateExtensions(raw).get(TLS_FEATURE);
    return (
      feature !== undefined &&
      readChildren(raw, feature.value).some(
        ({ tag, start, end }) => tag === DER.INTEGER && end - start === 1 && raw[start] === STATUS_REQUEST,
      )
    );
  } catch {
    return false;
  }
}
