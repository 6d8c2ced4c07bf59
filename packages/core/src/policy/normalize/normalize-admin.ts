import { isLoopbackHost } from '../addresses.ts';
import { checkHost } from './normalize-listeners.ts';
import { normalizeCertificate } from './normalize-authentication.ts';
import { normalizeTokenPolicy } from './normalize-token-policy.ts';
import type { ListenTlsPolicy } from '../listen-policy.ts';
import type { Policy } from '../policy.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import type { ReadFields } from '../shape.ts';

type Authored = ReadFields<typeof POLICY_SHAPE.fields>;
type AuthoredAdmin = Exclude<Authored['admin'], 'off'>;

/** Checks that nothing of the admin listener is open to the network, and that it is not at the port of another one. */
export function normalizeAdmin(authored: Authored, source: PolicySource, problems: PolicyProblems): Policy['admin'] {
  const { admin, listen } = authored;
  if (admin === 'off') return null;
  checkHost(admin.host, '/admin/host', problems);
  const tls = toTls(admin.tls, problems);
  if (!problems.touches('/admin/host') && !isLoopbackHost(admin.host)) checkExposed(admin, tls, problems);
  const ports = [
    ['listen', listen.port],
    ['redirect', typeof listen.redirect === 'object' ? listen.redirect.port : listen.redirect],
  ] as const;
  for (const [name, port] of ports)
    if (
      admin.port !== 0 &&
      admin.port === port &&
      !problems.touches('/admin/port') &&
      !problems.touches('/listen/port')
    )
      problems.add('POLICY_PORT_CLASH', '/admin/port', `${name} and admin have the same port`, 'Give each its own.');
  const wanted = admin.tokens !== undefined || admin.certificates !== undefined || admin.metrics === 'credential';
  if (wanted && admin.api === 'off')
    problems.add(
      'POLICY_CONTRADICTION',
      '/admin/api',
      'the admin API is off, and something of it is configured',
      'Remove tokens, certificates and metrics: credential, or api: off.',
    );
  checkCertificates(admin, tls, problems);
  const tokens =
    admin.tokens === undefined
      ? null
      : normalizeTokenPolicy(admin.tokens, '/admin/tokens', source, problems, authored.tokens);
  // Whoever may write keys chooses their scopes, and would be an administrator with all of them.
  if (tokens?.kind === 'jwt' && (tokens.keys.from === 'self' || tokens.issuer === authored.tokens?.issuer))
    problems.add(
      'POLICY_CONTRADICTION',
      '/admin/tokens',
      'tokens that API keys obtain would prove administrators',
      'Name the issuer of your staff, or use admin keys.',
    );
  return {
    host: admin.host,
    port: admin.port,
    tls,
    api: wanted && admin.api === 'auto' ? 'on' : admin.api,
    tokens,
    certificates:
      admin.certificates === undefined
        ? null
        : {
            ...normalizeCertificate(admin.certificates, '/admin/certificates', problems),
            place: source.place('/admin/certificates'),
          },
    metrics: admin.metrics,
  };
}

function toTls(authored: AuthoredAdmin['tls'], problems: PolicyProblems): ListenTlsPolicy | null {
  if (authored === undefined || authored === 'off') return null;
  if (authored === 'self-signed') return { certificates: null, clientCertificates: null };
  const asked = authored.value.clientCertificates;
  const clientCertificates = asked === undefined ? null : { ...asked, revocation: asked.revocation ?? null };
  if (authored.variant === 'files') {
    const { certificate, key, names } = authored.value;
    return { certificates: [{ names: names ?? null, certificate, key }], clientCertificates };
  }
  if (!authored.value.selfSigned)
    problems.add(
      'POLICY_CONTRADICTION',
      '/admin/tls/selfSigned',
      'there is no certificate',
      'Write true, or name a certificate: tls: { certificate: cert.pem, key: key.pem }.',
    );
  return { certificates: null, clientCertificates };
}

/** Off this machine: no plain HTTP, and metrics, which name operations and say how busy they are, not for everybody. */
function checkExposed(admin: AuthoredAdmin, tls: ListenTlsPolicy | null, problems: PolicyProblems): void {
  if (tls === null) {
    if (!problems.touches('/admin/tls'))
      problems.add(
        'POLICY_ADMIN_EXPOSED',
        '/admin/host',
        'admin keys would cross the network in plain HTTP',
        'Set admin.tls: { certificate: cert.pem, key: key.pem }, keep it on 127.0.0.1 or ::1, or write admin: off.',
      );
    return;
  }
  if (tls.certificates === null)
    problems.warn(
      'POLICY_LISTEN_SELF_SIGNED',
      '/admin/tls',
      'the network is served with a certificate that no client trusts',
      'Use a certificate of an authority: tls: { certificate: cert.pem, key: key.pem }.',
    );
  if (admin.metrics === 'open' && tls.clientCertificates?.require !== true)
    problems.add(
      'POLICY_ADMIN_EXPOSED',
      '/admin/host',
      'metrics would be open to the network',
      'Write metrics: credential, or clientCertificates: { authorities: ca.pem, require: true } in admin.tls.',
    );
}

function checkCertificates(admin: AuthoredAdmin, tls: ListenTlsPolicy | null, problems: PolicyProblems): void {
  const asked = tls?.clientCertificates ?? null;
  if (admin.certificates !== undefined && asked === null && !problems.touches('/admin/tls'))
    problems.add(
      'POLICY_CONTRADICTION',
      '/admin/certificates',
      'nobody is asked for a certificate',
      'Set admin.tls.clientCertificates: { authorities: ca.pem } beside certificate and key.',
      'key',
    );
  if (admin.certificates === undefined && asked !== null && !asked.require)
    problems.add(
      'POLICY_CONTRADICTION',
      '/admin/tls/clientCertificates',
      'certificates are asked for that nothing needs',
      'Add admin.certificates: { subject: CN, scopes: […] }, or set require: true.',
      'key',
    );
}
