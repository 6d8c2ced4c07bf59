import { FORWARDED_CERTIFICATE_HEADERS } from '../listen-policy.ts';
import {
  choice,
  defaulted,
  duration,
  flag,
  list,
  object,
  optional,
  required,
  secret,
  text,
  union,
  variants,
} from '../shape.ts';
import { HOST_NAME } from '../text-formats.ts';

/** A certificate to serve with, and its key. */
export const certificateFields = {
  certificate: required(text(), 'The path of the certificate chain in PEM.'),
  key: required(secret(), 'The private key: a path, ${env:NAME} or ${file:path}.'),
  names: optional(
    list(text(HOST_NAME), 1, 1000),
    'The host names that it is shown to, such as api.example.com or *.example.com; those in the certificate where absent.',
  ),
};

const ocsp = object({
  policy: defaulted(
    choice(['required', 'soft']),
    'required',
    'Without an answer: required refuses the certificate, soft takes it. What the responder calls revoked or does not know is refused by both.',
  ),
  responder: optional(
    text(),
    'The URL of the responder for all of them. Where absent, the one that the certificate names, once one of the authorities is known to have signed it.',
  ),
  hosts: optional(
    list(text(), 1, 100),
    'The only hosts that certificates may name, wherever they lead. Where absent, any with public addresses, and those of egress.allow.',
  ),
  timeout: defaulted(duration(100, 60_000), '2s', 'How long an answer may take; the handshake waits for it.'),
  authorities: defaulted(
    flag(),
    true,
    'Ask about the authorities between root and client too, each at the responder that its own certificate names; one that names none is not asked about.',
  ),
  nonce: defaulted(
    flag(),
    true,
    'Ask for an answer made for this question. One that was made before is taken as well while it is fresh.',
  ),
});

const clientCertificates = object({
  authorities: required(
    text(),
    'The path of the certificates, in PEM, of those who issue them, the ones between a root and the clients included. Nobody else is believed, and what the system trusts does not count.',
  ),
  require: defaulted(
    flag(),
    false,
    'End every connection without a certificate in the handshake, whatever the operation. Without it the document says which operations need one.',
  ),
  revocation: optional(
    text(),
    'The path of the revocation lists (CRL, PEM or DER), one of each authority. A list past its nextUpdate refuses every certificate of its issuer.',
  ),
  ocsp: optional(ocsp, 'Ask the authorities whether a certificate was revoked (OCSP).'),
});

const acme = object({
  domains: required(
    list(text(HOST_NAME), 1, 100),
    'The host names that the certificate is for. They must lead to this listener when the authority looks.',
  ),
  acceptTerms: required(flag(), 'true: you accept the terms of the authority.'),
  contact: defaulted(list(text(), 0, 10), [], 'Mail addresses that the authority may write to.'),
  directory: defaulted(
    text(),
    'https://acme-v02.api.letsencrypt.org/directory',
    'Where the authority tells its addresses: its directory URL.',
  ),
  challenge: defaulted(
    choice(['tls-alpn-01', 'http-01']),
    'tls-alpn-01',
    'How the authority convinces itself: on this listener, reached at port 443 (tls-alpn-01, RFC 8737), or on that of redirect, reached at port 80 (http-01).',
  ),
  ca: optional(
    text(),
    "The path of the certificates that the authority's own https is verified by; those of the system where absent.",
  ),
  eab: optional(
    object({
      keyId: required(text(), 'The key identifier that the authority gave.'),
      key: required(secret(), 'The key that belongs to it, in base64url: a path, ${env:NAME} or ${file:path}.'),
    }),
    'External account binding: what an authority gives to its customers to open an account with.',
  ),
  storage: defaulted(
    text(),
    '.sallyport/acme',
    'The folder for account key, certificate and its key, for nobody else to read. Several machines may share one: then one of them orders for all.',
  ),
});

/** What every way to a certificate has beside it. */
const shared = {
  clientCertificates: optional(clientCertificates, 'Ask clients for a certificate (mutual TLS).'),
  ticketSecret: optional(
    secret(),
    'What several machines derive the keys of session tickets from, so that a session of one is resumed by another; at least 32 characters: a path, ${env:NAME} or ${file:path}. Each process has its own keys where absent.',
  ),
  stapling: defaulted(
    flag(),
    true,
    'Fetch what the authority says of our certificates, where they name a responder, and hand it out in the handshake (OCSP stapling).',
  ),
};

const others = defaulted(
  list(object(certificateFields), 0, 1000),
  [],
  'More certificates, for clients that ask for other names (SNI).',
);

/** `listen.tls`: a word, a list of certificates, or a map that says where the first certificate comes from. */
export const tlsShape = union(
  choice(['off', 'self-signed']),
  variants(
    { variant: 'files', shape: object({ ...certificateFields, others, ...shared }) },
    {
      variant: 'acme',
      shape: object({ acme: required(acme, 'Order the certificate and renew it.'), others, ...shared }),
    },
    {
      variant: 'list',
      shape: object({
        certificates: required(
          list(object(certificateFields), 1, 1000),
          'Certificates; the first is shown to clients that ask for a name that none has.',
        ),
        ...shared,
      }),
    },
    {
      variant: 'self-signed',
      shape: object({
        selfSigned: required(flag(), 'true: one that Sallyport makes for itself, for development.'),
        ...shared,
      }),
    },
  ),
  list(object(certificateFields), 1, 1000),
);

/** `listen.forwardedCertificates`. */
export const forwardedCertificatesShape = object({
  header: defaulted(
    choice(FORWARDED_CERTIFICATE_HEADERS),
    'Client-Cert',
    'The header that carries it: Client-Cert (RFC 9440), X-Forwarded-Client-Cert with one Cert element (Envoy), or X-SSL-Client-Cert with the percent-encoded PEM (nginx).',
  ),
  authorities: required(
    text(),
    'The path of the certificates, in PEM, of those who issue them, the ones between a root and the clients included. Nobody else is believed.',
  ),
  revocation: optional(text(), 'The path of the revocation lists (CRL, PEM or DER), one of each authority.'),
});
