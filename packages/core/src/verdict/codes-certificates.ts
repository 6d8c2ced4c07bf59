import { defineCodes } from './code-entry.ts';
import { INVALID_TITLE, UNAVAILABLE_TITLE } from './credential-titles.ts';

/** Codes of the certificates of clients. */
export const CERTIFICATE_CODES = defineCodes({
  AUTHN_CERTIFICATE_MISSING: {
    status: 401,
    title: "A client's certificate is required",
    cause:
      'The operation needs a certificate, and none was shown in the TLS handshake, or passed on by a trusted proxy where listen.forwardedCertificates asks for that.',
    remedy: 'Connect with a certificate of an authority that the handshake names; a new connection is needed.',
  },
  AUTHN_CERTIFICATE_UNTRUSTED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'None of the authorities in listen.tls.clientCertificates (or listen.forwardedCertificates) issued the certificate, with a signature, validity, key usage and constraints that hold; or the header of a proxy holds no one certificate.',
    remedy:
      'Use a certificate that one of them issued. An authority between the root and the client is named in that file as well.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_EXPIRED: {
    status: 401,
    title: "The client's certificate has expired",
    cause: 'An authority that is trusted issued the certificate, and its validity has ended.',
    remedy: 'Obtain a new certificate, and connect with it.',
  },
  AUTHN_CERTIFICATE_NOT_YET_VALID: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The validity of the certificate has not begun.',
    remedy: 'Compare the clocks of the authority and of Sallyport.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_REVOKED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The serial number of the certificate, or of one between it and the authority, is on a revocation list, a responder (OCSP) calls it revoked, or it was revoked in the store.',
    remedy: 'Nobody should use this certificate any more: find out who does.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_PURPOSE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The certificate is not for clients: its extended key usage lacks clientAuth, or its key usage lacks digitalSignature (RFC 5280, section 4.2.1).',
    remedy: 'Obtain a certificate with the extended key usage clientAuth.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_SUBJECT: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The part of the certificate that the policy takes the subject from is missing, stands there more than once, or is none of those allowed; the log says which.',
    remedy: 'Correct subject or allowed in the policy, or obtain a certificate with one such name.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_REVOCATION_UNKNOWN: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'There is no revocation list of the authority that issued the certificate, or its nextUpdate has passed, and no responder (OCSP) that may be asked vouches for it: nobody can tell whether the certificate was revoked. The log has what came of asking.',
    remedy:
      'Put a current list of every authority into the file of listen.tls.clientCertificates.revocation, or see that the responder of ocsp can be reached and knows the certificate.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
});
