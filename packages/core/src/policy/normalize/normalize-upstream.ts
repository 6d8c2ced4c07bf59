import { isLoopbackHost, reachesListener } from '../addresses.ts';
import { checkUrl } from '../check-url.ts';
import type { Policy, UpstreamPolicy } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import { isManagedHeader } from '../managed-headers.ts';
import type { ReadFields } from '../shape.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';

type Authored = Exclude<ReadFields<typeof POLICY_SHAPE.fields>['upstream'], string>;

/** Turns the authored upstream into the canonical one. `pointer` is where the URL stands, `listen` where the door is. */
export function normalizeUpstream(
  authored: Authored,
  pointer: string,
  listen: Policy['listen'],
  problems: PolicyProblems,
): UpstreamPolicy {
  const url = checkUrl(authored.url, { plain: 'allowed', query: false }, pointer, problems);
  if (url !== null) warnOfLoop(url, pointer, listen, problems);
  const tls = {
    ca: authored.tls.ca ?? null,
    certificate: authored.tls.certificate ?? null,
    key: authored.tls.key ?? null,
    serverName: authored.tls.serverName ?? null,
    verify: authored.tls.verify,
  };
  if (url?.protocol === 'http:') {
    for (const name of ['ca', 'certificate', 'key', 'serverName'] as const) {
      if (tls[name] !== null)
        problems.add(
          'POLICY_CONTRADICTION',
          `/upstream/tls/${name}`,
          'the upstream URL is http, so this does nothing',
          'Write https in the URL, or remove it.',
          'key',
        );
    }
    if (!isLoopbackHost(url.hostname))
      problems.warn(
        'POLICY_UPSTREAM_PLAIN',
        pointer,
        'requests go to another machine without TLS',
        'Use https, unless the network in between is yours alone.',
      );
  }
  if (!tls.verify)
    problems.warn(
      'POLICY_UPSTREAM_UNVERIFIED',
      '/upstream/tls/verify',
      "the upstream's certificate is not verified: anybody in between can read and change everything",
      'Name its certificate authority in upstream.tls.ca.',
    );
  if ((tls.certificate === null) !== (tls.key === null) && !problems.touches('/upstream/tls')) {
    problems.add(
      'POLICY_CONTRADICTION',
      '/upstream/tls',
      'a client certificate needs both certificate and key',
      'Add the other one.',
      'key',
    );
  }
  return {
    url: url === null ? authored.url : url.href.replace(/\/+$/, ''),
    connections: authored.connections,
    connectTimeoutMs: authored.connectTimeout,
    firstByteTimeoutMs: authored.firstByteTimeout,
    idleTimeoutMs: authored.idleTimeout,
    preserveHost: authored.preserveHost,
    tls,
    principalHeaders: principalHeaders(authored.principalHeaders, problems),
  };
}

/** Only a warning, for the port may be another one by the time the door opens; at the door it is an error. */
function warnOfLoop(url: URL, pointer: string, listen: Policy['listen'], problems: PolicyProblems): void {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port !== listen.port || !reachesListener(url.hostname, listen.host)) return;
  problems.warn(
    'POLICY_UPSTREAM_LOOP',
    pointer,
    'this is the address that the door itself listens at: each request would come back to it',
    'Name the address of the API, or listen at another port (listen.port, --port). Where the API has this port at another address of localhost, write that address.',
  );
}

function principalHeaders(
  authored: Authored['principalHeaders'],
  problems: PolicyProblems,
): UpstreamPolicy['principalHeaders'] {
  const seen = new Set<string>();
  const check = (field: 'subject' | 'issuer' | 'scopes' | 'roles'): string | null => {
    const name = authored[field]?.toLowerCase();
    if (name === undefined) return null;
    const pointer = `/upstream/principalHeaders/${field}`;
    if (isManagedHeader(name))
      problems.add(
        'POLICY_HEADER',
        pointer,
        'HTTP itself uses this header',
        'Choose a name of your own, such as x-subject.',
      );
    else if (seen.has(name))
      problems.add('POLICY_DUPLICATE', pointer, 'another of these headers has this name', 'Give each its own.');
    seen.add(name);
    return name;
  };
  return { subject: check('subject'), issuer: check('issuer'), scopes: check('scopes'), roles: check('roles') };
}
