import type { X509Certificate } from 'node:crypto';
import type { AcmePolicy } from '@sallyport/core';
import { fileReason } from '../../file-reason.ts';
import type { Egress } from '../../egress/egress.ts';
import { checkDoorCertificate, type CheckedCertificate } from '../door-certificate.ts';
import { signOwnCertificate } from '../sign-own-certificate.ts';
import { TlsFileProblems } from '../tls-file-problems.ts';
import { AcmeStorage, type KeptCertificate } from './acme-storage.ts';
import type { AcmeSettings } from './certificate-renewal.ts';

const DAY_MS = 86_400_000;

/** Reads what `listen.tls.acme` names. With `makesFiles` its folder is made; null where something is wrong, which is then in `found`. */
export function loadAcme(
  policy: AcmePolicy,
  read: (file: string, setting: string) => Buffer | null,
  makesFiles: boolean,
  egress: Egress,
  found: TlsFileProblems,
): AcmeSettings | null {
  const ca = policy.ca === null ? null : read(policy.ca, 'listen.tls.acme.ca');
  const eabKey =
    typeof policy.eab?.key === 'string'
      ? read(policy.eab.key, 'listen.tls.acme.eab.key')?.toString('utf8')
      : policy.eab?.key.reveal();
  if ((policy.ca !== null && ca === null) || (policy.eab !== null && eabKey === undefined)) return null;
  const storage = new AcmeStorage(policy.storage, policy.directory);
  if (makesFiles)
    try {
      storage.open();
    } catch (error) {
      found.add(
        policy.storage,
        `the folder of listen.tls.acme cannot be written: ${fileReason(error)}`,
        'Name a folder that this process may write to.',
      );
      return null;
    }
  return {
    policy,
    ca: ca?.toString('utf8') ?? null,
    eab: policy.eab === null ? null : { keyId: policy.eab.keyId, key: eabKey ?? '' },
    storage,
    egress,
  };
}

/** What is kept, as a certificate of the door; null where nothing is, or it is of no use any more. */
export function checkKept(
  { policy, storage }: AcmeSettings,
  kept: KeptCertificate | null,
  nowMs: number,
): CheckedCertificate | null {
  if (kept === null) return null;
  const checked = checkDoorCertificate(storage.certificateFile, kept, null, nowMs, new TlsFileProblems());
  return checked === null ? null : { ...checked, names: checked.names.filter((name) => policy.domains.includes(name)) };
}

const PLACEHOLDER_NAME = 'Sallyport waits for its certificate';

/** What stands where the first certificate will be. Nothing is served with it: OpenSSL needs one to begin a handshake. */
export function placeholder(policy: Pick<AcmePolicy, 'domains'>, nowMs: number): CheckedCertificate {
  const toMs = nowMs + 365 * DAY_MS;
  const made = signOwnCertificate({
    commonName: PLACEHOLDER_NAME,
    dnsNames: policy.domains,
    addresses: [],
    fromMs: nowMs - DAY_MS,
    toMs,
  });
  return { ...made, names: policy.domains, expiresAtMs: toMs };
}

export function isPlaceholder({ subject }: X509Certificate): boolean {
  return subject === `CN=${PLACEHOLDER_NAME}`;
}
