/**
 * What an error says to an operator: a system error's code rather than its text. `trustedBy` is the setting that names whom a server's certificate
 * is held against, where there is one.
 */
export function failureReason(error: unknown, trustedBy: string | null = null): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = (error as { readonly code?: unknown }).code;
  const advice = trustedBy === null || typeof code !== 'string' ? null : certificateAdvice(code, trustedBy);
  if (advice !== null) return `${code as string}: ${advice}`;
  if (error.name === 'AbortError' || error.name === 'TimeoutError' || code === 'UND_ERR_ABORTED')
    return 'it did not answer in time';
  if (typeof code === 'string') return code;
  return error.message;
}

/** Why the certificate of a server is not believed; null for every other failure. */
function certificateAdvice(code: string, trustedBy: string): string | null {
  if (code.includes('SELF_SIGNED') || code.startsWith('UNABLE_TO_'))
    return `no authority that is trusted vouches for its certificate; name its own under ${trustedBy}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name than the host in the URL';
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate, or that of its authority, has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: compare the clocks';
  return null;
}
