import { dirname } from 'node:path';
import type { ClientOcspPolicy, DoorCertificate, ListenTlsPolicy, Policy } from '@sallyport/core';
import { namedBy, type Egress, type EgressClient } from '../egress/egress.ts';
import { checkKept, loadAcme, placeholder } from './acme/load-acme.ts';
import type { AcmeSettings } from './acme/certificate-renewal.ts';
import { CertificateChecker } from './certificate-port.ts';
import { checkDoorCertificate, type CheckedCertificate } from './door-certificate.ts';
import type { ClientTrust } from './client-trust.ts';
import type { KnownLists } from './issuer-lists.ts';
import { createReader, loadTrust, type Read, type TrustOptions } from './load-trust.ts';
import { ClientStatuses } from './ocsp/client-statuses.ts';
import { createResponder, RESPONDER_CONNECTIONS, type Responder } from './ocsp/ask-responder.ts';
import type { TellResponder } from './ocsp/responder-outages.ts';
import { whyNeverStapled, type Stapler } from './ocsp/stapler.ts';
import { selfSignedFile, takeOrTell } from './self-signed.ts';
import { TlsFileProblems } from './tls-file-problems.ts';

/** Everything that the door's TLS is made of, read and checked. */
export interface DoorTls {
  /** The first is the one for every name that no other has. Never empty. */
  readonly certificates: readonly CheckedCertificate[];
  /** The file of a certificate for development; null for any other. */
  readonly selfSigned: string | null;
  /** Where the first certificate is ordered from; null for none. */
  readonly acme: AcmeSettings | null;
  /** True while the first certificate is still to be issued: then nobody is served with what stands in its place. */
  readonly waiting: boolean;
  /** Hands out answers of authorities about our certificates. Absent where none is to be, and before the keeper has it. */
  readonly stapler?: Stapler;
  readonly stapling: boolean;
  /** What ticket keys are derived from; null: from nothing that anybody else knows. */
  readonly ticketSecret: string | null;
  /** What authorities are asked through. */
  readonly egress: Egress;
  readonly clients: {
    /** In PEM. */
    readonly authorities: string;
    readonly require: boolean;
    readonly checker: CertificateChecker;
  } | null;
}

/** The certificates that somebody issued: without the one that stands in while the first is still to be. */
export function servedCertificates(tls: DoorTls | null): readonly CheckedCertificate[] {
  return tls === null ? [] : tls.waiting ? tls.certificates.slice(1) : tls.certificates;
}

const DOOR_SETTING = 'listen.tls';

/** Reads what `listen.tls` names, or another `setting`. Files are noted in `files`, what is wrong in `found`; null where no listener can be made of it. */
export function loadDoorTls(
  policy: Policy,
  options: {
    readonly folder: string;
    readonly nowMs: number;
    readonly makesFiles: boolean;
    readonly egress: Egress;
    readonly tell?: TellResponder;
    readonly knownLists?: KnownLists | undefined;
  },
  files: string[],
  found: TlsFileProblems,
  tls: ListenTlsPolicy | null = policy.listen.tls,
  setting = DOOR_SETTING,
): DoorTls | null {
  if (tls === null) return null;
  const { egress } = options;
  const read = createReader(files, found);
  const stapling = tls.stapling !== false;
  const ticketSecret = loadTicketSecret(tls.ticketSecret ?? null, read, found);
  const clients =
    tls.clientCertificates === null
      ? null
      : loadClients(tls.clientCertificates, `${setting}.clientCertificates`, read, options, found);
  if (tls.certificates === null) {
    const file = selfSignedFile(options.folder);
    const made = takeOrTell(options, found);
    if (made === null) return null;
    const checked = checkDoorCertificate(file, made, null, options.nowMs, new TlsFileProblems());
    return checked === null
      ? null
      : {
          certificates: [checked],
          selfSigned: file,
          acme: null,
          waiting: false,
          stapling,
          ticketSecret,
          egress,
          clients,
        };
  }
  const certificates = tls.certificates.flatMap((entry, index) => {
    const place = index === 0 ? setting : `${setting} (certificate ${index + 1})`;
    const checked = loadCertificate(entry, place, read, options.nowMs, found);
    if (checked === null) return [];
    // The admin port staples nothing.
    const never = setting === DOOR_SETTING ? whyNeverStapled(checked.certificate, stapling) : null;
    if (never !== null) found.warn(entry.certificate, never.message, never.hint);
    return [checked];
  });
  const acme = tls.acme ? loadAcme(tls.acme, read, options.makesFiles, egress, found) : null;
  if (found.problems.length > 0) return null;
  if (acme === null)
    return { certificates, selfSigned: null, acme: null, waiting: false, stapling, ticketSecret, egress, clients };
  const ordered = checkKept(acme, acme.storage.certificate(), options.nowMs);
  if (ordered === null) warnOfWaiting(acme, found);
  const shown = ordered ?? placeholder(acme.policy, options.nowMs);
  return {
    certificates: [shown, ...certificates],
    selfSigned: null,
    acme,
    waiting: ordered === null,
    stapling,
    ticketSecret,
    egress,
    clients,
  };
}

function loadTicketSecret(from: ListenTlsPolicy['ticketSecret'], read: Read, found: TlsFileProblems): string | null {
  if (from === null || from === undefined) return null;
  const secret =
    typeof from === 'string' ? read(from, 'listen.tls.ticketSecret')?.toString('utf8').trim() : from.reveal();
  if (secret === undefined) return null;
  if (secret.length < 32)
    found.add(
      typeof from === 'string' ? from : 'listen.tls.ticketSecret',
      'the secret of session tickets has less than 32 characters',
      'Make one with: openssl rand -base64 32.',
    );
  return secret;
}

function warnOfWaiting({ policy, storage }: AcmeSettings, found: TlsFileProblems): void {
  found.warn(
    storage.certificateFile,
    `there is no certificate for ${policy.domains.join(', ')} yet`,
    `It is ordered from ${new URL(policy.directory).host} while Sallyport runs; until then connections are refused.`,
  );
}

function loadCertificate(
  entry: DoorCertificate,
  setting: string,
  read: Read,
  nowMs: number,
  found: TlsFileProblems,
): CheckedCertificate | null {
  const certificate = read(entry.certificate, `the certificate of ${setting}`);
  const key =
    typeof entry.key === 'string' ? read(entry.key, `the key of ${setting}`)?.toString('utf8') : entry.key.reveal();
  if (certificate === null || key === undefined) return null;
  return checkDoorCertificate(
    entry.certificate,
    { certificate: certificate.toString('utf8'), key },
    entry.names,
    nowMs,
    found,
  );
}

function loadClients(
  asked: NonNullable<ListenTlsPolicy['clientCertificates']>,
  setting: string,
  read: Read,
  options: TrustOptions & { readonly egress: Egress; readonly tell?: TellResponder },
  found: TlsFileProblems,
): DoorTls['clients'] {
  const { pem, authorities, lists } = loadTrust(asked, setting, read, options, found);
  const { egress, tell } = options;
  const statuses = asked.ocsp ? new ClientStatuses(asked.ocsp, createClientResponder(asked.ocsp, egress), tell) : null;
  const trust: ClientTrust = { authorities, lists, statuses };
  return {
    authorities: pem,
    require: asked.require,
    checker: new CertificateChecker(trust),
  };
}

function createClientResponder({ responder, hosts, timeoutMs, nonce }: ClientOcspPolicy, egress: Egress): Responder {
  const names: EgressClient['names'] =
    responder === null ? ({ hostname }) => hosts?.includes(hostname.toLowerCase()) === true : namedBy([responder]);
  const dispatcher = egress.dispatcher({ purpose: 'client-status', names }, RESPONDER_CONNECTIONS);
  return createResponder({ timeoutMs, nonce, dispatcher });
}

/** The folder that belongs to a policy file, or where the process runs. */
export function policyFolder(policyFile: string | null): string {
  return policyFile === null ? process.cwd() : dirname(policyFile);
}
