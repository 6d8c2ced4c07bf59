import { joinPointer } from '../json/json-pointer.ts';
import { isHost, isLoopbackHost, parseRange } from './addresses.ts';
import type { Policy } from './policy.ts';
import type { PolicyProblems } from './policy-problems.ts';
import type { POLICY_SHAPE } from './policy-schema.ts';
import type { ReadFields } from './shape.ts';

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
  const tls =
    listen.tls === undefined || listen.tls === 'off'
      ? null
      : { certificate: listen.tls.certificate, key: listen.tls.key };
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
  return {
    host: listen.host,
    port: listen.port,
    tls,
    maxConnections: listen.maxConnections,
    drainTimeoutMs: listen.drainTimeout,
  };
}

/** Checks that the admin listener is reached from this machine only, and not at the port of the other one. */
export function normalizeAdmin(authored: Authored, problems: PolicyProblems): Policy['admin'] {
  const { admin, listen } = authored;
  if (admin === 'off') return null;
  checkHost(admin.host, '/admin/host', problems);
  if (!problems.touches('/admin/host') && !isLoopbackHost(admin.host)) {
    problems.add(
      'POLICY_ADMIN_EXPOSED',
      '/admin/host',
      'the admin API asks for no credential in this version',
      'Keep it on 127.0.0.1 or ::1, or write admin: off.',
    );
  }
  if (
    admin.port !== 0 &&
    admin.port === listen.port &&
    !problems.touches('/admin/port') &&
    !problems.touches('/listen/port')
  ) {
    problems.add('POLICY_PORT_CLASH', '/admin/port', 'listen and admin have the same port', 'Give each its own.');
  }
  return { host: admin.host, port: admin.port };
}

function checkHost(host: string, pointer: string, problems: PolicyProblems): void {
  if (!isHost(host))
    problems.add(
      'POLICY_ADDRESS',
      pointer,
      'expected an IP address or a host name',
      'Write 127.0.0.1, 0.0.0.0, :: or a name, without port and brackets.',
    );
}
