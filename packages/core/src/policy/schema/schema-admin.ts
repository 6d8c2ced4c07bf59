import { certificateShape, tokenShape } from './schema-authentication.ts';
import { choice, defaulted, flag, number, object, optional, required, text, union, variants } from '../shape.ts';
import { certificateFields } from './schema-tls.ts';

const clientCertificates = {
  clientCertificates: optional(
    object({
      authorities: required(
        text(),
        'The path of the certificates, in PEM, of those who issue them; an authority of its own, as whoever it vouches for comes this far.',
      ),
      require: defaulted(
        flag(),
        false,
        'End every connection without a certificate in the handshake, probes among them.',
      ),
      revocation: optional(text(), 'The path of the revocation lists (CRL, PEM or DER), one of each authority.'),
    }),
    'Ask for a certificate (mutual TLS). Who it proves, certificates says.',
  ),
};

/** `admin.tls`. */
const adminTlsShape = union(
  choice(['off', 'self-signed']),
  variants(
    { variant: 'files', shape: object({ ...certificateFields, ...clientCertificates }) },
    {
      variant: 'self-signed',
      shape: object({
        selfSigned: required(flag(), 'true: one that Sallyport makes for itself, for development.'),
        ...clientCertificates,
      }),
    },
  ),
);

/** `admin`, where it is a map. */
export const adminShape = object({
  host: defaulted(text(), '127.0.0.1', 'The address of the admin listener. Without tls, a loopback address.'),
  port: defaulted(number(0, 65_535), 9090, 'Its port; 0 takes a free one.'),
  tls: optional(
    adminTlsShape,
    'The certificate to serve with, self-signed for development, or off: plain HTTP, on this machine, as where it is absent.',
  ),
  api: defaulted(
    choice(['auto', 'on', 'off']),
    'auto',
    'The admin API, for those with an admin key, token or certificate. auto: where the store is opened for something else.',
  ),
  tokens: optional(
    tokenShape,
    'Whose tokens prove an administrator, beside admin keys; they need scopes of the admin API.',
  ),
  certificates: optional(
    certificateShape,
    'Whose certificates prove an administrator, and which scopes of the admin API they have. Needs tls.clientCertificates.',
  ),
  metrics: defaulted(
    choice(['open', 'credential']),
    'open',
    'Whether /metrics asks for a credential with the scope status:read. /healthz and /readyz never do.',
  ),
});
