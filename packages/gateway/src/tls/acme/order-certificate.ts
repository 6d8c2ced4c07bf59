import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { AcmePolicy } from '@sallyport/core';
import { readPemBlocks } from '../pem.ts';
import { makeCertificateRequest } from '../sign-own-certificate.ts';
import type { AcmeAnswer, AcmeConnection } from './acme-connection.ts';
import { AcmeError, problemError } from './acme-error.ts';
import type { AcmeStorage, KeptCertificate, KeptChallenge } from './acme-storage.ts';
import { signBinding, thumbprint } from './jws-signer.ts';

export interface Order {
  readonly settings: Pick<AcmePolicy, 'domains' | 'contact' | 'challenge'>;
  readonly eab: { readonly keyId: string; readonly key: string } | null;
  readonly accountKey: KeyObject;
  readonly storage: AcmeStorage;
  readonly connection: AcmeConnection;
  /** The name (RFC 9773, section 4.1) of the certificate that the new one is for; null for a first one. */
  readonly replaces: string | null;
  readonly signal: AbortSignal;
  /** Called at every step: what is done takes its time, and is not dead. */
  alive(): void;
}

const FIRST_POLL_MS = 200;
const MAX_POLL_MS = 10_000;
/** How often one thing is asked for before it is given up. */
const MAX_POLLS = 60;

/** Opens or finds the account, orders, proves every domain, and fetches the certificate (RFC 8555, section 7). Rejects with `AcmeError`. */
export async function orderCertificate(order: Order): Promise<KeptCertificate> {
  const { connection, settings } = order;
  const account = await openAccount(order);
  const made = await newOrder(order, account);
  const orderUrl = made.location;
  if (orderUrl === null) throw new AcmeError('the authority did not say where the order is');
  const finalize = text(made.body['finalize'], 'the order has no address to finalize it at');
  const authorizations = made.body['authorizations'];
  if (!Array.isArray(authorizations) || authorizations.length > 2 * settings.domains.length)
    throw new AcmeError('the order does not say what is to be proved');
  for (const url of authorizations) await prove(order, account, text(url, 'an authorization has no address'));
  await poll(order, account, orderUrl, 'the order', ['ready', 'valid']);
  const request = makeCertificateRequest(settings.domains);
  await connection.post(finalize, account, { csr: request.der.toString('base64url') });
  const done = await poll(order, account, orderUrl, 'the order', ['valid']);
  const certificateUrl = text(done.body['certificate'], 'the order has no certificate');
  const { text: chain } = await connection.post(certificateUrl, account, null, 'application/pem-certificate-chain');
  checkIssued(chain, request.key, settings.domains);
  return { certificate: chain.endsWith('\n') ? chain : `${chain}\n`, key: request.key };
}

async function openAccount({ connection, settings, eab, accountKey }: Order): Promise<string> {
  const { newAccount } = await connection.directory();
  const { location } = await connection.post(newAccount, null, {
    termsOfServiceAgreed: true,
    ...(settings.contact.length === 0 ? {} : { contact: settings.contact }),
    ...(eab === null ? {} : { externalAccountBinding: signBinding(eab, newAccount, accountKey) }),
  });
  if (location === null) throw new AcmeError('the authority did not say where the account is');
  return location;
}

async function newOrder({ connection, settings, replaces }: Order, account: string): Promise<AcmeAnswer> {
  const { newOrder: url, renewalInfo } = await connection.directory();
  const identifiers = settings.domains.map((value) => ({ type: 'dns', value }));
  if (replaces === null || renewalInfo === null) return connection.post(url, account, { identifiers });
  try {
    return await connection.post(url, account, { identifiers, replaces });
  } catch (error) {
    // Replaced already, or not of this authority: an order like any other then (RFC 9773, section 5).
    if (!(error instanceof AcmeError) || !['alreadyReplaced', 'malformed', 'unauthorized'].includes(error.type ?? ''))
      throw error;
    return connection.post(url, account, { identifiers });
  }
}

async function prove(order: Order, account: string, url: string): Promise<void> {
  const { connection, settings, storage, accountKey } = order;
  const { body } = await connection.post(url, account, null);
  if (body['status'] === 'valid') return;
  const domain = (body['identifier'] as { readonly value?: unknown } | undefined)?.value;
  if (typeof domain !== 'string' || !settings.domains.includes(domain))
    throw new AcmeError('the authority wants a domain proved that nobody asked for');
  const offered = (Array.isArray(body['challenges']) ? body['challenges'] : []) as readonly Readonly<
    Record<string, unknown>
  >[];
  const challenge = offered.find(({ type }) => type === settings.challenge);
  if (challenge === undefined) throw new AcmeError(`the authority does not offer ${settings.challenge} for ${domain}`);
  const token = challenge['token'];
  // What is served under it is made of it: nothing but the characters that RFC 8555 (section 8.3) allows.
  if (typeof token !== 'string' || !/^[\w-]{16,256}$/.test(token))
    throw new AcmeError('the token of a challenge is malformed');
  const kept: KeptChallenge = { token, domain, keyAuthorization: `${token}.${thumbprint(accountKey)}` };
  storage.keepChallenge(kept);
  try {
    await connection.post(text(challenge['url'], 'a challenge has no address'), account, {});
    await poll(order, account, url, `the proof of ${domain} by ${settings.challenge}`, ['valid']);
  } finally {
    storage.dropChallenge(kept);
  }
}

/** Asks until the status is one of `wanted`; rejects when it can no longer become so. */
async function poll(
  order: Order,
  account: string,
  url: string,
  what: string,
  wanted: readonly string[],
): Promise<AcmeAnswer> {
  let pauseMs = FIRST_POLL_MS;
  for (let polls = 0; polls < MAX_POLLS; polls += 1) {
    order.alive();
    const answer = await order.connection.post(url, account, null);
    const { status } = answer.body;
    if (typeof status === 'string' && wanted.includes(status)) return answer;
    if (status !== 'pending' && status !== 'processing' && status !== 'ready')
      throw problemError(errorOf(answer.body), `${what} failed`);
    await wait(Math.min(Math.max(answer.retryAfterMs ?? 0, pauseMs), MAX_POLL_MS), undefined, {
      signal: order.signal,
      ref: false,
    });
    pauseMs = Math.min(pauseMs * 2, MAX_POLL_MS);
  }
  throw new AcmeError(`${what} took too long`);
}

/** What the authority says is wrong: at the order itself, or at the challenge that failed. */
function errorOf(body: Readonly<Record<string, unknown>>): unknown {
  const challenges = (Array.isArray(body['challenges']) ? body['challenges'] : []) as readonly {
    readonly error?: unknown;
  }[];
  return body['error'] ?? challenges.find(({ error }) => error !== undefined)?.error;
}

/** What is not a certificate for our key and all our names would take the place of one that is. */
function checkIssued(chain: string, key: string, domains: readonly string[]): void {
  let leaf: X509Certificate | null = null;
  try {
    const [first] = readPemBlocks(chain, 'CERTIFICATE');
    leaf = first === undefined ? null : new X509Certificate(first);
  } catch {
    // Told below.
  }
  if (leaf === null) throw new AcmeError('what the authority issued is no certificate');
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new AcmeError('the certificate is for another key');
  for (const domain of domains)
    if (leaf.checkHost(domain, { subject: 'never' }) === undefined)
      throw new AcmeError(`the certificate has no name ${domain}`);
}

function text(value: unknown, otherwise: string): string {
  if (typeof value !== 'string') throw new AcmeError(otherwise);
  return value;
}
