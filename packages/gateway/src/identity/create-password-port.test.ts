import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ConfigurationProblem, CredentialResult } from '@sallyport/core';
import { createPasswordPort, type PasswordPortOptions } from './create-password-port.ts';
import {
  deriveHash,
  hashPassword,
  parsePasswordHash,
  renderPasswordHash,
  type DeriveHash,
  type PasswordHash,
} from './hash-password.ts';
import { parsePasswordFile, type FileUser } from './password-file.ts';
import { problemsOf } from './read-identity-file.ts';

/** A hash that costs nothing and counts how often it is asked, and with which parameters. */
function counting(): { readonly derive: DeriveHash; readonly costs: number[] } {
  const costs: number[] = [];
  return {
    costs,
    derive: (password, { cost, salt }) => {
      costs.push(cost);
      return Promise.resolve(createHash('sha256').update(salt).update(password).digest());
    },
  };
}

async function stored(password: string, cost: number, derive: DeriveHash): Promise<PasswordHash> {
  const parameters = { cost, blockSize: 8, parallelism: 1, salt: Buffer.alloc(16, cost) };
  return { ...parameters, hash: await derive(password, parameters) };
}

async function portWith(costs: Readonly<Record<string, number>> = { anna: 16_384 }, options: PasswordPortOptions = {}) {
  const { derive, costs: asked } = counting();
  const users = new Map<string, FileUser>();
  for (const [user, cost] of Object.entries(costs))
    users.set(user, { hash: await stored(`${user}'s secret`, cost, derive), roles: ['clerk'] });
  asked.length = 0;
  return { port: createPasswordPort('basic', users, { derive, ...options }), asked };
}

const code = (result: CredentialResult): string | null => (result.ok ? null : result.code);

describe('createPasswordPort', () => {
  test('knows a user by the password', async () => {
    const { port } = await portWith();
    expect(await port.check('anna', "anna's secret", 0)).toMatchObject({
      ok: true,
      principal: { kind: 'user', subject: 'anna', issuer: 'basic', schemes: ['basic'], keyId: 'anna' },
    });
    expect(code(await port.check('anna', 'wrong', 0))).toBe('AUTHN_PASSWORD_WRONG');
    expect(code(await port.check('Anna', "anna's secret", 0))).toBe('AUTHN_PASSWORD_WRONG');
  });

  test('does the same work and says the same for an unknown user as for a wrong password', async () => {
    const { port, asked } = await portWith();
    const wrong = await port.check('anna', 'wrong', 0);
    const unknown = await port.check('nobody', 'wrong', 0);
    expect(asked).toEqual([16_384, 16_384]);
    expect(unknown).toEqual(wrong);
  });

  test('gives an unknown user the cost of some real one, always the same for one name', async () => {
    const { port, asked } = await portWith({ anna: 16_384, bob: 32_768 });
    for (let i = 0; i < 60; i++) await port.check(`nobody ${i % 20}`, `wrong ${i}`, 0);
    expect(new Set(asked)).toEqual(new Set([16_384, 32_768]));
    expect(asked.slice(20, 40)).toEqual(asked.slice(0, 20));
    expect(asked.slice(40)).toEqual(asked.slice(0, 20));
  });

  test('denies everybody where there are no users, at the usual cost', async () => {
    const { port, asked } = await portWith({});
    expect(code(await port.check('anna', 'x', 0))).toBe('AUTHN_PASSWORD_WRONG');
    expect(asked.length).toBe(1);
  });

  test('remembers a right password for a minute, and a wrong one never', async () => {
    const { port, asked } = await portWith();
    await port.check('anna', "anna's secret", 0);
    expect(port.check('anna', "anna's secret", 59_999)).not.toBeInstanceOf(Promise);
    expect(asked.length).toBe(1);
    await port.check('anna', "anna's secret", 60_000);
    expect(asked.length).toBe(2);
    await port.check('anna', 'wrong', 0);
    await port.check('anna', 'wrong', 0);
    expect(asked.length).toBe(4);
  });

  test('tells the user and the password apart where they meet', async () => {
    const { port } = await portWith({ a: 16_384 });
    await port.check('a', "a's secret", 0);
    expect(code(await port.check("a,a's", 'secret', 0))).toBe('AUTHN_PASSWORD_WRONG');
  });

  test('runs a bounded number of hashes, lets a bounded number wait, and refuses the next', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let running = 0;
    let most = 0;
    const derive: DeriveHash = async () => {
      most = Math.max(most, ++running);
      await gate;
      running--;
      return Buffer.alloc(32);
    };
    const port = createPasswordPort('basic', new Map(), { derive, maxConcurrent: 2, maxQueued: 3 });
    const checks = Array.from({ length: 5 }, (_, i) => port.check('x', String(i), 0));
    expect(code(await port.check('x', '5', 0))).toBe('AUTHN_PASSWORDS_BUSY');
    // An equal credential shares the hash that is under way.
    const shared = port.check('x', '4', 0);
    release();
    expect((await Promise.all([...checks, shared])).map(code)).toEqual(
      Array.from({ length: 6 }, () => 'AUTHN_PASSWORD_WRONG'),
    );
    expect(most).toBe(2);
    expect(code(await port.check('x', '5', 0))).toBe('AUTHN_PASSWORD_WRONG');
  });

  test('denies with a fault when the hash fails, and goes on', async () => {
    let broken = true;
    const port = createPasswordPort('basic', new Map(), {
      derive: () => (broken ? Promise.reject(new Error('no memory')) : Promise.resolve(Buffer.alloc(32))),
      maxConcurrent: 1,
    });
    expect(code(await port.check('x', 'y', 0))).toBe('INTERNAL_FAULT');
    broken = false;
    expect(code(await port.check('x', 'y', 0))).toBe('AUTHN_PASSWORD_WRONG');
  });
});

describe('hashPassword', () => {
  test('makes a hash that the port takes, with a salt of its own each time', async () => {
    const [one, two] = await Promise.all([
      hashPassword('pässword', { cost: 16_384, parallelism: 1 }),
      hashPassword('pässword', { cost: 16_384, parallelism: 1 }),
    ]);
    expect(one).not.toBe(two);
    const parsed = parsePasswordHash(one);
    if (typeof parsed === 'string') throw new Error(parsed);
    expect(renderPasswordHash(parsed)).toBe(one);
    // The same letter written in its other form.
    expect((await deriveHash('pa\u0308ssword', parsed)).equals(parsed.hash)).toBe(true);
    const port = createPasswordPort('basic', new Map([['anna', { hash: parsed, roles: [] }]]));
    expect((await port.check('anna', 'pässword', 0)).ok).toBe(true);
  });

  test.each(['', 'a\nb', 'a'.repeat(1025)])('refuses a password that no credential can carry', async (password) => {
    await expect(hashPassword(password)).rejects.toThrow(RangeError);
  });
});

describe('parsePasswordFile', () => {
  const salt = Buffer.alloc(16, 1).toString('base64');
  const hash = Buffer.alloc(32, 2).toString('base64');
  const good = `scrypt$32768$8$3$${salt}$${hash}`;
  const parse = (text: string) => {
    const problems: ConfigurationProblem[] = [];
    return { users: parsePasswordFile(text, problemsOf('users.txt', problems)), problems };
  };

  test('reads a line a user, and skips comments and empty lines', () => {
    const { users, problems } = parse(`# people\r\nanna:${good}\n\nbob smith:${good} \n`);
    expect(problems).toEqual([]);
    expect([...users.keys()]).toEqual(['anna', 'bob smith']);
  });

  test('reads roles behind the hash, and refuses those that nothing knows', () => {
    const { users, problems } = parse(`anna:${good}:clerk,a:b,clerk\nbob:${good}`);
    expect(problems).toEqual([]);
    expect(users.get('anna')?.roles).toEqual(['clerk', 'a:b']);
    expect(users.get('bob')?.roles).toEqual([]);
    const known = { has: (role: string) => role === 'clerk', hint: () => 'Did you mean clerk?' };
    const wrong: ConfigurationProblem[] = [];
    const left = parsePasswordFile(`anna:${good}:clrek\nbob:${good}:clerk`, problemsOf('users.txt', wrong), known);
    expect(wrong).toMatchObject([{ line: 1, message: 'there is no such role', hint: 'Did you mean clerk?' }]);
    expect([...left.keys()]).toEqual(['bob']);
  });

  test.each([
    [`anna:${good}:`, 'no name'],
    [`anna:${good}:clerk,,boss`, 'no name'],
    [`anna:${good}: clerk`, 'no name'],
    ['anna', 'user:hash'],
    [`:${good}`, 'user:hash'],
    [` anna:${good}`, 'user:hash'],
    ['anna:s3cret', 'the form scrypt'],
    ['anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'the form scrypt'],
    [`anna:scrypt$1024$8$1$${salt}$${hash}`, 'N must'],
    [`anna:scrypt$32769$8$1$${salt}$${hash}`, 'N must'],
    [`anna:scrypt$524288$8$1$${salt}$${hash}`, 'N must'],
    [`anna:scrypt$32768$16$1$${salt}$${hash}`, 'r must'],
    [`anna:scrypt$32768$8$9$${salt}$${hash}`, 'p must'],
    [`anna:scrypt$32768$8$1$AAAA$${hash}`, 'salt'],
    [`anna:scrypt$32768$8$1$${salt}$AAAA`, 'hash must'],
    [`anna:${good}\nanna:${good}`, 'twice'],
  ])('reports %j and leaves it out', (text, message) => {
    const { users, problems } = parse(`# first\n${text}`);
    expect(problems.length).toBe(1);
    expect(problems[0]).toMatchObject({
      code: 'PASSWORD_FILE_INVALID',
      file: 'users.txt',
      line: text.includes('\n') ? 3 : 2,
    });
    expect(problems[0]?.message).toContain(message);
    expect(JSON.stringify(problems)).not.toContain('s3cret');
    expect(users.size).toBe(text.includes('\n') ? 1 : 0);
  });
});
