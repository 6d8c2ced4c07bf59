import { isAddress, isHost } from '../addresses.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { checkUrl } from '../check-url.ts';
import type { Secret } from '../secret.ts';
import type { AcmePolicy, ClientOcspPolicy, DoorCertificate, ListenTlsPolicy } from '../listen-policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import type { ReadFields } from '../shape.ts';

type AuthoredListen = ReadFields<typeof POLICY_SHAPE.fields>['listen'];
type AuthoredMap = Extract<AuthoredListen['tls'], { readonly variant: string }>;
type AuthoredAcme = Extract<AuthoredMap, { readonly variant: 'acme' }>['value']['acme'];
type AuthoredClients = AuthoredMap['value']['clientCertificates'];
type AuthoredOcsp = NonNullable<NonNullable<AuthoredClients>['ocsp']>;

/** Reads `listen.tls`; null for plain HTTP. */
export function normalizeTls(
  { tls: authored, redirect }: AuthoredListen,
  problems: PolicyProblems,
): ListenTlsPolicy | null {
  if (authored === undefined || authored === 'off') return null;
  if (authored === 'self-signed') return { certificates: null, clientCertificates: null };
  if (!('variant' in authored))
    return { certificates: toCertificates(authored, '/listen/tls', problems), clientCertificates: null };
  const clientCertificates = toClients(authored.value.clientCertificates, problems);
  const { stapling, ticketSecret = null } = authored.value;
  const shared = { clientCertificates, stapling, ticketSecret };
  switch (authored.variant) {
    case 'files': {
      const { value } = authored;
      const certificates = toCertificates([value, ...value.others], '/listen/tls/others', problems, 1);
      return { certificates, ...shared };
    }
    case 'list': {
      const certificates = toCertificates(authored.value.certificates, '/listen/tls/certificates', problems);
      return { certificates, ...shared };
    }
    case 'self-signed':
      if (!authored.value.selfSigned)
        problems.add(
          'POLICY_CONTRADICTION',
          '/listen/tls/selfSigned',
          'there is no certificate',
          'Write true, or name a certificate: tls: { certificate: cert.pem, key: key.pem }.',
        );
      return { certificates: null, ...shared };
    case 'acme': {
      const { value } = authored;
      const acme = toAcme(value.acme, problems);
      const certificates = toCertificates(value.others, '/listen/tls/others', problems, 0, new Set(acme.domains));
      checkChallenge(acme, redirect !== undefined, clientCertificates?.require === true, problems);
      return { certificates, acme, ...shared };
    }
  }
}

function toClients(authored: AuthoredClients, problems: PolicyProblems): ListenTlsPolicy['clientCertificates'] {
  if (authored === undefined) return null;
  const { authorities, require, revocation = null, ocsp } = authored;
  return { authorities, require, revocation, ...(ocsp === undefined ? {} : { ocsp: toOcsp(ocsp, problems) }) };
}

function toOcsp(authored: AuthoredOcsp, problems: PolicyProblems): ClientOcspPolicy {
  const { policy, responder = null, hosts = null, timeout: timeoutMs, authorities, nonce } = authored;
  const pointer = '/listen/tls/clientCertificates/ocsp';
  // The answer is signed: who changes it on its way is noticed.
  if (responder !== null) checkUrl(responder, { plain: 'allowed', query: true }, `${pointer}/responder`, problems);
  hosts?.forEach((host, index) => {
    if (!isHost(host))
      problems.add(
        'POLICY_ADDRESS',
        joinPointer(`${pointer}/hosts`, index),
        'expected an IP address or a host name',
        null,
      );
  });
  if (responder !== null && hosts !== null)
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/hosts`,
      'no certificate is looked at for a host where the responder is named',
      'Remove one of the two.',
    );
  return { responder, hosts: hosts?.map((host) => host.toLowerCase()) ?? null, policy, timeoutMs, authorities, nonce };
}

interface AuthoredCertificate {
  readonly certificate: string;
  readonly key: Secret | string;
  readonly names: readonly string[] | undefined;
}

function toCertificates(
  authored: readonly AuthoredCertificate[],
  pointer: string,
  problems: PolicyProblems,
  /** How many stand before those below `pointer`. */
  before = 0,
  seen = new Set<string>(),
): DoorCertificate[] {
  const certificates: DoorCertificate[] = [];
  authored.forEach((entry: AuthoredCertificate | undefined, index) => {
    // One that could not be read is a problem already.
    if (entry === undefined) return;
    const names = entry.names === undefined ? null : [...new Set(entry.names.map((name) => name.toLowerCase()))];
    if (names?.some((name) => seen.has(name)) === true)
      problems.add(
        'POLICY_DUPLICATE',
        joinPointer(pointer, index - before, 'names'),
        'another certificate is shown to one of these names',
        'Give each name one certificate.',
      );
    for (const name of names ?? []) seen.add(name);
    certificates.push({ names, certificate: entry.certificate, key: entry.key });
  });
  return certificates;
}

function toAcme(authored: AuthoredAcme, problems: PolicyProblems): AcmePolicy {
  const pointer = '/listen/tls/acme';
  if (!authored.acceptTerms)
    problems.add(
      'POLICY_VALUE',
      `${pointer}/acceptTerms`,
      'no authority issues a certificate to whoever does not accept its terms',
      'Read them, and write true.',
    );
  checkUrl(authored.directory, { plain: 'loopback', query: true }, `${pointer}/directory`, problems);
  authored.domains.forEach((name, index) => {
    if (name.startsWith('*.'))
      problems.add(
        'POLICY_VALUE',
        joinPointer(`${pointer}/domains`, index),
        'a wildcard is issued for a challenge in the DNS only',
        'Name each host, or get the wildcard with another client and name its files.',
      );
    else if (isAddress(name))
      problems.add('POLICY_VALUE', joinPointer(`${pointer}/domains`, index), 'expected a host name', null);
  });
  authored.contact.forEach((address, index) => {
    if (!/^[^\s@<>,?":]{1,64}@[^\s@<>,?"]{1,253}$/.test(address))
      problems.add(
        'POLICY_VALUE',
        joinPointer(`${pointer}/contact`, index),
        'expected a mail address',
        'Write it without mailto: and without a name.',
      );
  });
  return {
    directory: authored.directory,
    domains: [...new Set(authored.domains.map((name) => name.toLowerCase()))],
    contact: authored.contact.map((address) => `mailto:${address}`),
    challenge: authored.challenge,
    ca: authored.ca ?? null,
    eab: authored.eab ?? null,
    storage: authored.storage,
  };
}

function checkChallenge(
  { challenge }: AcmePolicy,
  hasRedirect: boolean,
  requiresClients: boolean,
  problems: PolicyProblems,
): void {
  const pointer = '/listen/tls/acme/challenge';
  if (problems.touches(pointer)) return;
  if (challenge === 'http-01' && !hasRedirect)
    problems.add(
      'POLICY_CONTRADICTION',
      pointer,
      'nothing listens for the plain HTTP of this challenge',
      'Set listen.redirect: 80, or use tls-alpn-01.',
    );
  if (challenge === 'tls-alpn-01' && requiresClients)
    problems.add(
      'POLICY_CONTRADICTION',
      pointer,
      'the authority shows no client certificate, and listen.tls.clientCertificates.require refuses it',
      'Use challenge: http-01 with listen.redirect: 80, or require certificates by operation.',
    );
}
