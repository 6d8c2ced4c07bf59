import { joinPointer } from '../../json/json-pointer.ts';
import { isHost, isLoopbackHost, parseRange } from '../addresses.ts';
import type { Policy } from '../policy.ts';
import type { ForwardedCertificatesPolicy, ListenTlsPolicy, RedirectPolicy } from '../listen-policy.ts';
import { normalizeTls } from './normalize-tls.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import type { ReadFields } from '../shape.ts';

type Authored = ReadFields<typeof POLICY_SHAPE.fields>;

const RANGE_PROBLEMS = {
  syntax: ['POLICY_ADDRESS', 'expected an IP address or a range', 'Write 10.0.0.5, 10.0.0.0/24 or fd00::/8.'],
  'host-bits': [
    'POLICY_ADDRESS',
    'the range has bits set after its prefix',
    'Write the network: 10.1.2.0/24, or one address without a prefix.',
  ],
  'too-wide': [
    'POLICY_PROXY_TOO_WIDE',
    'the range covers strangers, and every one of them could claim any client address',
    'Name the addresses of your own proxies.',
  ],
} as const;

/** Reads the ranges of trusted proxies, each once, in canonical form. */
export function normalizeTrustedProxies(authored: Authored['trustedProxies'], problems: PolicyProblems): string[] {
  const ranges = new Set<string>();
  authored.forEach((text, index) => {
    const parsed = parseRange(text);
    if (parsed.ok) ranges.add(parsed.range);
    else
      problems.add(
        RANGE_PROBLEMS[parsed.problem][0],
        joinPointer('/trustedProxies', index),
        RANGE_PROBLEMS[parsed.problem][1],
        RANGE_PROBLEMS[parsed.problem][2],
      );
  });
  return [...ranges];
}

/** Checks that plain HTTP is not taken from the network by accident. */
export function normalizeListen(
  authored: Authored,
  trustedProxies: readonly string[],
  problems: PolicyProblems,
): Policy['listen'] {
  const { listen } = authored;
  checkHost(listen.host, '/listen/host', problems);
  const tls = normalizeTls(listen, problems);
  const doubtful =
    problems.touches('/listen/tls') || problems.touches('/listen/host') || problems.touches('/trustedProxies');
  if (tls === null && !doubtful && !isLoopbackHost(listen.host)) {
    if (listen.tls === undefined && trustedProxies.length === 0) {
      problems.add(
        'POLICY_LISTEN_EXPOSED',
        '/listen/host',
        'credentials and data would cross the network in plain HTTP',
        'Set listen.tls: { certificate, key }; or, where TLS ends in front of Sallyport, name that proxy in trustedProxies or write listen.tls: off.',
      );
    } else if (trustedProxies.length === 0) {
      problems.warn(
        'POLICY_LISTEN_PLAIN',
        '/listen/tls',
        'plain HTTP is taken from the network',
        'Let only the proxy that ends TLS reach this port, and name it in trustedProxies.',
      );
    }
  }
  if (tls !== null && tls.certificates === null && !isLoopbackHost(listen.host) && !problems.touches('/listen/host'))
    problems.warn(
      'POLICY_LISTEN_SELF_SIGNED',
      '/listen/tls',
      'the network is served with a certificate that no client trusts',
      'Use a certificate of an authority: tls: { certificate: cert.pem, key: key.pem }.',
    );
  if (listen.http2 === 'on' && tls === null && !problems.touches('/listen/tls'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/listen/http2',
      'HTTP/2 is spoken over TLS only',
      'Set listen.tls, or remove http2.',
    );
  return {
    host: listen.host,
    port: listen.port,
    tls,
    ...(listen.forwardedCertificates === undefined
      ? {}
      : { forwardedCertificates: normalizeForwarded(listen.forwardedCertificates, trustedProxies, problems) }),
    http2: tls !== null && listen.http2 !== 'off',
    redirect: normalizeRedirect(listen, tls, problems),
    maxConnections: listen.maxConnections,
    drainTimeoutMs: listen.drainTimeout,
  };
}

function normalizeForwarded(
  { header, authorities, revocation }: NonNullable<Authored['listen']['forwardedCertificates']>,
  trustedProxies: readonly string[],
  problems: PolicyProblems,
): ForwardedCertificatesPolicy {
  if (trustedProxies.length === 0 && !problems.touches('/trustedProxies'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/listen/forwardedCertificates',
      'nobody is trusted to pass certificates on',
      'Name the addresses of the proxy in trustedProxies.',
      'key',
    );
  return { header, authorities, revocation: revocation ?? null };
}

function normalizeRedirect(
  { redirect, port }: Authored['listen'],
  tls: ListenTlsPolicy | null,
  problems: PolicyProblems,
): RedirectPolicy | null {
  if (redirect === undefined) return null;
  const { names, httpsPort, ...from } =
    typeof redirect === 'number' ? { port: redirect, names: undefined, httpsPort: undefined } : redirect;
  if (tls === null && !problems.touches('/listen/tls'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/listen/redirect',
      'there is no https to send clients to',
      'Set listen.tls, or remove redirect.',
    );
  if (from.port !== 0 && from.port === port && !problems.touches('/listen/port'))
    problems.add(
      'POLICY_PORT_CLASH',
      '/listen/redirect',
      'listen and redirect have the same port',
      'Give each its own.',
    );
  return {
    port: from.port,
    httpsPort: httpsPort ?? null,
    names: names === undefined ? null : [...new Set(names.map((name) => name.toLowerCase()))],
  };
}

/**
 * Checks that asking for certificates and proving by them go together: a scheme whose certificate nobody asks for would refuse everyone, and
 * authorities that no scheme needs protect nothing.
 */
export function checkClientCertificates(
  { tls, forwardedCertificates = null }: Policy['listen'],
  authentication: Policy['authentication'],
  problems: PolicyProblems,
): void {
  const proving = [...authentication].filter(([, entry]) => entry.kind === 'certificate').map(([name]) => name);
  const asked = tls?.clientCertificates ?? null;
  const [first] = proving;
  if (asked === null && forwardedCertificates === null && first !== undefined && !problems.touches('/listen'))
    problems.add(
      'POLICY_CONTRADICTION',
      joinPointer('/authentication', first),
      'nothing asks clients for the certificate that this scheme needs',
      'Set listen.tls.clientCertificates: { authorities: ca.pem } beside certificate and key, or listen.forwardedCertificates behind a proxy that ends TLS.',
      'key',
    );
  if (forwardedCertificates !== null && first === undefined && !problems.touches('/authentication'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/listen/forwardedCertificates',
      'certificates are passed on that nothing needs',
      'Add an entry with a subject under authentication for the mutualTLS scheme of the document.',
      'key',
    );
  if (asked !== null && !asked.require && first === undefined && !problems.touches('/authentication'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/listen/tls/clientCertificates',
      'clients are asked for a certificate that nothing needs',
      'Add an entry with a subject under authentication for the mutualTLS scheme of the document, or set require: true.',
      'key',
    );
}

/** Reports what is no address and no name of a host. */
export function checkHost(host: string, pointer: string, problems: PolicyProblems): void {
  if (!isHost(host))
    problems.add(
      'POLICY_ADDRESS',
      pointer,
      'expected an IP address or a host name',
      'Write 127.0.0.1, 0.0.0.0, :: or a name, without port and brackets.',
    );
}
