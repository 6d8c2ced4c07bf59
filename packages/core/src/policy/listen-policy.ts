import type { Secret } from './secret.ts';

/** Where clients are listened to. */
export interface ListenPolicy {
  readonly host: string;
  readonly port: number;
  readonly tls: ListenTlsPolicy | null;
  /** Null or absent: no header is read for a certificate. */
  readonly forwardedCertificates?: ForwardedCertificatesPolicy | null;
  /** Offered in the TLS handshake; false without TLS. */
  readonly http2: boolean;
  readonly redirect: RedirectPolicy | null;
  readonly maxConnections: number;
  readonly drainTimeoutMs: number;
}

/** A certificate of the door with its chain, and the names that it is shown to. */
export interface DoorCertificate {
  /** Host names, `*.` allowed in front; null: those that stand in the certificate. */
  readonly names: readonly string[] | null;
  /** A path. */
  readonly certificate: string;
  /** A path, or the key itself. */
  readonly key: Secret | string;
}

/** A certificate that is ordered from an authority and renewed (RFC 8555). */
export interface AcmePolicy {
  /** Where the authority tells its addresses. */
  readonly directory: string;
  /** The host names of the certificate, in lower case; never empty, no wildcard. */
  readonly domains: readonly string[];
  /** URLs, `mailto:` in front of addresses. */
  readonly contact: readonly string[];
  readonly challenge: 'tls-alpn-01' | 'http-01';
  /** Path of the certificates that the authority's own https is verified by; null: those of the system. */
  readonly ca: string | null;
  /** What an authority gave to bind the account to one of its customers (section 7.3.4); null for nothing. */
  readonly eab: { readonly keyId: string; readonly key: Secret | string } | null;
  /** Path of the folder where account key, certificate and its key are kept. */
  readonly storage: string;
}

/** TLS of a port: its certificates, and whose certificates of clients it believes. */
export interface ListenTlsPolicy {
  /** The first is shown to whoever asks for no name, or for one that no other has. Null: one that Sallyport makes for itself. */
  readonly certificates: readonly DoorCertificate[] | null;
  /** Goes before those above, which may be none then. Null or absent: nothing is ordered. */
  readonly acme?: AcmePolicy | null;
  /** Null: clients are not asked for a certificate. */
  readonly clientCertificates: {
    /** Path of the certificates of those who may issue them; nobody else is believed. */
    readonly authorities: string;
    /** True ends every connection without a certificate in the handshake. */
    readonly require: boolean;
    /** Path of the revocation lists of the authorities; null: nothing is revoked. */
    readonly revocation: string | null;
    /** Null or absent: nobody is asked whether a certificate was revoked. */
    readonly ocsp?: ClientOcspPolicy | null;
  } | null;
  /** What the keys of session tickets are derived from, as a path or itself; null or absent: each process has its own. */
  readonly ticketSecret?: Secret | string | null;
  /** False: no answer of the authority is handed out with our own certificates. Absent: true. */
  readonly stapling?: boolean;
}

/** How authorities are asked about certificates of clients (RFC 6960). */
export interface ClientOcspPolicy {
  /** Who is asked about all of them; null: whom the certificate names. */
  readonly responder: string | null;
  /** The only hosts that certificates may name, in lower case; null: any that `egress` lets a document name. */
  readonly hosts: readonly string[] | null;
  /** False: only clients' certificates are asked about, and no authority's. Absent: true. */
  readonly authorities?: boolean;
  /** `required`: without an answer a certificate is not believed. */
  readonly policy: 'required' | 'soft';
  readonly timeoutMs: number;
  readonly nonce: boolean;
}

export const FORWARDED_CERTIFICATE_HEADERS = ['Client-Cert', 'X-Forwarded-Client-Cert', 'X-SSL-Client-Cert'] as const;

/** Certificates that clients showed a trusted proxy, which passes them on. */
export interface ForwardedCertificatesPolicy {
  readonly header: (typeof FORWARDED_CERTIFICATE_HEADERS)[number];
  /** Path of the certificates of those who may issue them. */
  readonly authorities: string;
  /** Path of their revocation lists; null: nothing is revoked. */
  readonly revocation: string | null;
}

/** A second port for plain HTTP that sends clients to the first. */
export interface RedirectPolicy {
  readonly port: number;
  /** The port that clients are sent to; null: that of the listener. */
  readonly httpsPort: number | null;
  /** The host names that are sent there; null: those of the certificates. */
  readonly names: readonly string[] | null;
}
