import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CredentialResult, PasswordPort, Principal } from '@sallyport/core';
import { deriveHash, HASH_BYTES, type DeriveHash, type PasswordHash } from './hash-password.ts';
import type { FileUser } from './password-file.ts';
import { Turnstile } from './turnstile.ts';

export interface PasswordPortOptions {
  readonly derive?: DeriveHash;
  /** Hashes under way at once. Node's thread pool has four threads by default, and files and names need some too. */
  readonly maxConcurrent?: number;
  /** Passwords waiting for their turn; one more is refused. */
  readonly maxQueued?: number;
}

/** A password that was right is not hashed again for this long. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 1000;

const WRONG: CredentialResult = Object.freeze({ ok: false, code: 'AUTHN_PASSWORD_WRONG', facts: Object.freeze({}) });
const BUSY: CredentialResult = Object.freeze({ ok: false, code: 'AUTHN_PASSWORDS_BUSY', facts: Object.freeze({}) });

/**
 * Checks user names and passwords of one scheme. An unknown user costs one hash as a wrong password does, with the parameters of some
 * user of the file, always the same one for the same name: time does not tell which names exist, even where parameters differ.
 *
 * Basic sends the password with every request, and a hash takes 50 ms and more: a right one is remembered for a minute, under an
 * HMAC with a key that this process made up and nobody else knows, so that memory holds nothing to attack with. Wrong ones are not
 * remembered, as strangers would fill the memory. Equal credentials that arrive together share one hash.
 */
export function createPasswordPort(
  scheme: string,
  users: ReadonlyMap<string, FileUser>,
  options: PasswordPortOptions = {},
): PasswordPort {
  const derive = options.derive ?? deriveHash;
  const turnstile = new Turnstile(options.maxConcurrent ?? 2, options.maxQueued ?? 64);
  const processKey = createSecretKey(randomBytes(32));
  const principals = new Map<string, CredentialResult>();
  for (const [user, { roles }] of users)
    principals.set(user, { ok: true, principal: toPrincipal(scheme, user, roles) });
  const decoys = decoysOf(users);
  const remembered = new Map<string, { readonly result: CredentialResult; readonly expiresAtMs: number }>();
  const underWay = new Map<string, Promise<CredentialResult>>();

  const mark = (...texts: readonly string[]): Buffer =>
    createHmac('sha256', processKey).update(JSON.stringify(texts)).digest();

  function decoyFor(user: string): PasswordHash {
    return decoys[mark(user).readUInt32BE(0) % decoys.length] as PasswordHash;
  }

  async function hashAndCompare(user: string, password: string): Promise<CredentialResult> {
    const stored = users.get(user)?.hash;
    const compared = stored ?? decoyFor(user);
    const equal = timingSafeEqual(await derive(password, compared), compared.hash);
    return equal && stored !== undefined ? (principals.get(user) ?? WRONG) : WRONG;
  }

  function remember(name: string, result: CredentialResult, nowMs: number): void {
    if (remembered.size >= MAX_REMEMBERED) {
      // The oldest makes room: a Map keeps the order of insertion.
      const oldest = remembered.keys().next();
      if (oldest.done !== true) remembered.delete(oldest.value);
    }
    remembered.set(name, { result, expiresAtMs: nowMs + REMEMBER_MS });
  }

  return {
    check(user, password, nowMs) {
      const name = mark(user, password).toString('base64');
      const known = remembered.get(name);
      if (known !== undefined) {
        if (nowMs < known.expiresAtMs) return known.result;
        remembered.delete(name);
      }
      const joined = underWay.get(name);
      if (joined !== undefined) return joined;
      const turn = turnstile.enter(() => hashAndCompare(user, password));
      if (turn === null) return BUSY;
      const checking = turn
        .then(
          (result) => {
            if (result.ok) remember(name, result, nowMs);
            return result;
          },
          (): CredentialResult => ({ ok: false, code: 'INTERNAL_FAULT', facts: {} }),
        )
        .finally(() => underWay.delete(name));
      underWay.set(name, checking);
      return checking;
    },
  };
}

/** The hashes that unknown users are compared with: the parameters of real ones, and a salt and hash that nobody has. */
function decoysOf(users: ReadonlyMap<string, FileUser>): readonly PasswordHash[] {
  const real = [...users.values()].map(({ hash }) => hash);
  const parameters = real.length > 0 ? real : [{ cost: 2 ** 15, blockSize: 8, parallelism: 3 }];
  return parameters.map(({ cost, blockSize, parallelism }) => ({
    cost,
    blockSize,
    parallelism,
    salt: randomBytes(16),
    hash: randomBytes(HASH_BYTES),
  }));
}

function toPrincipal(scheme: string, user: string, roles: readonly string[]): Principal {
  return Object.freeze({
    kind: 'user',
    subject: user,
    issuer: scheme,
    scopes: new Set<string>(),
    roles: Object.freeze([...roles]),
    attributes: Object.freeze({}),
    schemes: Object.freeze([scheme]),
    keyId: user,
  });
}
