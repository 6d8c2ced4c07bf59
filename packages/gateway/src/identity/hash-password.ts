import { randomBytes, scrypt } from 'node:crypto';

/** What makes one scrypt hash (RFC 7914): cost, block size, parallelism, and salt. */
export interface ScryptParameters {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

export interface PasswordHash extends ScryptParameters {
  readonly hash: Buffer;
}

/** Derives the hash of a password; tests put a counting one in its place. */
export type DeriveHash = (password: string, parameters: ScryptParameters) => Promise<Buffer>;

export const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** 32 MiB and about 0.2 s a password: what OWASP's password storage recommendations hold equal to 128 MiB at once. */
const DEFAULT = { cost: 2 ** 15, blockSize: 8, parallelism: 3 } as const;

/** Weaker hashes are refused, and stronger ones would let one request take too much memory. */
const MIN_COST = 2 ** 14;
const MAX_COST = 2 ** 17;
const MAX_MEMORY_BYTES = 128 * 2 ** 17 * 8 + 1024 * 1024;

export const deriveHash: DeriveHash = (password, { cost, blockSize, parallelism, salt }) =>
  new Promise((resolve, reject) => {
    // One form of a text (RFC 8265, section 4.2): keyboards write é in two ways.
    scrypt(
      password.normalize('NFC'),
      salt,
      HASH_BYTES,
      { N: cost, r: blockSize, p: parallelism, maxmem: MAX_MEMORY_BYTES },
      (error, hash) => (error === null ? resolve(hash) : reject(error)),
    );
  });

/**
 * The hash of a password as it stands in a user file: `scrypt$N$r$p$salt$hash`, salt and hash in base64. Rejects with a RangeError for a
 * password that is empty, longer than 1024 characters or holds control characters, which no Basic credential can carry.
 */
export async function hashPassword(
  password: string,
  parameters: Partial<Omit<ScryptParameters, 'salt'>> = {},
): Promise<string> {
  if (password === '' || password.length > 1024 || /\p{Cc}/u.test(password))
    throw new RangeError('a password has 1 to 1024 characters and no control characters');
  const chosen = { ...DEFAULT, ...parameters, salt: randomBytes(SALT_BYTES) };
  const hash = await deriveHash(password, chosen);
  return renderPasswordHash({ ...chosen, hash });
}

export function renderPasswordHash({ cost, blockSize, parallelism, salt, hash }: PasswordHash): string {
  return `scrypt$${cost}$${blockSize}$${parallelism}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Parses `scrypt$N$r$p$salt$hash`. A text for people where it is not one, or too weak or too costly; never quotes it. */
export function parsePasswordHash(text: string): PasswordHash | string {
  const parts = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (parts === null) return 'the hash has not the form scrypt$N$r$p$salt$hash';
  const [cost, blockSize, parallelism] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const salt = Buffer.from(parts[4] ?? '', 'base64');
  const hash = Buffer.from(parts[5] ?? '', 'base64');
  if (cost < MIN_COST || cost > MAX_COST || !Number.isInteger(Math.log2(cost)))
    return `N must be a power of two from ${MIN_COST} to ${MAX_COST}`;
  if (blockSize !== 8) return 'r must be 8';
  if (parallelism < 1 || parallelism > 5) return 'p must be from 1 to 5';
  if (salt.length < SALT_BYTES || salt.length > 64) return `the salt must have ${SALT_BYTES} to 64 bytes`;
  if (hash.length !== HASH_BYTES) return `the hash must have ${HASH_BYTES} bytes`;
  return { cost, blockSize, parallelism, salt, hash };
}
