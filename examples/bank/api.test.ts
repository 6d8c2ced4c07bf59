import { execFile } from 'node:child_process';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningBank } from './api.ts';
import type { Attack, Outcome, Target } from './attacks.ts';
import { NO_LOG, openDoor, type OpenDoor } from './door.ts';
import { startBank } from './api.ts';
import { ATTACKS, isControl } from './attacks.ts';
import { aim, compare, stageOf, type Row } from './attacks/compare.ts';
import { items, member, send } from './attacks/send.ts';
import { renderTable, totalsOf } from './attacks/table.ts';
import { ALICE, BOBS_ACCOUNT } from './bank/state.ts';
import { AUDIENCE } from './bank/tokens.ts';
import { DEFAULT_PORTS, sharedPort, startExample, startFailure } from './example.ts';
import { createHeldLog } from './held-log.ts';
import { DEMO_PARTNER_KEY, POLICY, policyText } from './policy-text.ts';
import { renderScreen, tokenCommand } from './screen.ts';
import { createStopSignal, SAME_PRESS_MS } from './stop-signal.ts';

const FIRST_PAGE = new URL('../../README.md', import.meta.url);
const RISKS = Array.from({ length: 10 }, (_, at) => `API${at + 1}:2023`);

let bank: RunningBank;
let target: Target;

beforeAll(async () => {
  bank = await startBank(0);
  target = await aim(bank, bank.url);
});
afterAll(async () => {
  await bank.close();
});

async function runBare(attack: Attack): Promise<Outcome> {
  bank.bank.reset();
  return await attack.run(target);
}

describe('the bare bank', () => {
  test.each(ATTACKS.filter(isControl))('passes $id: $title', async (attack) => {
    expect(await runBare(attack)).toMatchObject({ gotThrough: true, code: null });
  });

  test.each(ATTACKS.filter((attack) => !isControl(attack)))('falls to $id ($risk): $title', async (attack) => {
    const outcome = await runBare(attack);
    expect(outcome).toMatchObject({ gotThrough: true, code: null });
    expect(outcome.note).not.toBe('');
  });

  test('has a hole for each entry of the Top 10', () => {
    expect(RISKS.filter((risk) => !ATTACKS.some((attack) => attack.risk === risk))).toEqual([]);
  });

  test('marks a hole for each entry in its source', async () => {
    const files = [
      'api',
      'bank/call',
      'bank/tokens',
      'bank/loose-json',
      'bank/routes-users',
      'bank/routes-accounts',
      'bank/routes-public',
    ];
    const source = (
      await Promise.all(files.map((file) => readFile(new URL(`${file}.ts`, import.meta.url), 'utf8')))
    ).join('');
    expect(RISKS.filter((risk) => !source.includes(`HOLE ${risk}`))).toEqual([]);
  });

  test('issues tokens that hold against the keys its discovery names', async () => {
    const discovery = await send(bank.url, { path: '/.well-known/openid-configuration' });
    expect(member(discovery.json, 'issuer')).toBe(bank.url);
    const keys = createRemoteJWKSet(new URL(String(member(discovery.json, 'jwks_uri'))));
    const { payload } = await jwtVerify(target.tokens.alice, keys, {
      issuer: bank.url,
      audience: AUDIENCE,
      algorithms: ['RS256'],
    });
    expect(payload.sub).toBe(ALICE);
    const { publicJwk } = bank.bank.tokens;
    expect(Object.hasOwn(publicJwk, 'd')).toBe(false);
    await expect(
      jwtVerify(`${target.tokens.alice.slice(0, -4)}AAAA`, createLocalJWKSet({ keys: [publicJwk] })),
    ).rejects.toThrow();
  });

  test('fetches no address but that of its own inside service', async () => {
    let asked = 0;
    const stranger = createServer((_request, response) => {
      asked++;
      response.end('outside');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
    const answer = await send(bank.url, {
      method: 'POST',
      path: '/v1/users/me/webhook',
      token: target.tokens.alice,
      json: { url },
    });
    expect(member(answer.json, 'delivered')).toBe(false);
    expect(asked).toBe(0);
    await new Promise((resolve) => stranger.close(resolve));
  });

  test('pollutes its own settings only, never Object.prototype', async () => {
    await send(bank.url, {
      method: 'PUT',
      path: '/v1/users/me/preferences',
      token: target.tokens.alice,
      headers: { 'Content-Type': 'application/json' },
      body: '{"__proto__":{"isStaff":true},"constructor":{"prototype":{"isStaff":true}}}',
    });
    expect(({} as Record<string, unknown>)['isStaff']).toBeUndefined();
  });
});

describe('the README', () => {
  test('of the repository shows what the bank answers, word for word where it does not leave out', async () => {
    const shown = (await readFile(FIRST_PAGE, 'utf8')).split('\n').filter((line) => line.startsWith('{"id"'));
    const { text } = await send(bank.url, { path: '/v1/users/me', token: target.tokens.alice });
    expect(shown).toHaveLength(2);
    for (const part of shown.flatMap((line) => line.split(/ *… *,?/)).filter((one) => one !== '}'))
      expect(text).toContain(part);
  });

  test('has a row for each attack with what is expected of the door, and none for another', async () => {
    const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
    const rows = readme.split('\n').filter((line) => line.startsWith('| API'));
    expect(rows).toEqual(
      ATTACKS.filter((attack) => !isControl(attack)).map(
        (attack) => `| ${attack.risk} | \`${attack.id}\` | ${attack.title} | ${attack.expected} |`,
      ),
    );
    expect(readme).toContain(DEMO_PARTNER_KEY);
  });

  test('tells of the holes what the table does: nothing gets through, and every attack it names is there', async () => {
    const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
    const below = readme.split('\n').slice(readme.split('\n').findLastIndex((line) => line.startsWith('| API')) + 1);
    const text = below.join('\n');
    expect(text).toContain('None of these gets through today.');
    const named = [...text.matchAll(/`([a-z]+(?:-[a-z0-9]+)+)`/g)].map(([, id]) => id);
    expect(named).toContain('sql-in-text');
    expect(named.filter((id) => !ATTACKS.some((attack) => attack.id === id))).toEqual([]);
  });
});

describe('npm run attack -- --json', () => {
  test('prints one JSON text and nothing else, in which each attack came to exactly what the README says', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=sallyport-source', fileURLToPath(new URL('attack.ts', import.meta.url)), '--json'],
      { maxBuffer: 16 * 1024 * 1024 },
    );
    const { totals, rows } = JSON.parse(stdout) as { totals: { unexpected: number }; rows: readonly Row[] };
    expect(totals.unexpected).toBe(0);
    expect(rows.map(({ id }) => id)).toEqual(ATTACKS.map(({ id }) => id));
    const attacks = rows.filter((row) => !isControlRow(row));
    expect(attacks.filter(({ door, expected }) => door?.verdict !== expected).map(({ id }) => id)).toEqual([]);
    expect(await readFile(FIRST_PAGE, 'utf8')).toContain(renderTable(rows).split('\n').slice(-2).join('\n'));
  });
});

describe('the list of attacks', () => {
  test('has unique ids, and control ids start with ok-', () => {
    expect(new Set(ATTACKS.map((attack) => attack.id)).size).toBe(ATTACKS.length);
    expect(ATTACKS.filter((attack) => isControl(attack) !== attack.id.startsWith('ok-'))).toEqual([]);
  });
});

/** A door that answers by itself or passes on to the bank, for tests of the comparison. */
function fakeDoor(answer: { status: number; code: string } | null): OpenDoor {
  return async ({ upstream }) => {
    const server = createServer((incoming, response) => {
      if (answer !== null) {
        response.writeHead(answer.status, { 'Content-Type': 'application/problem+json', Connection: 'close' });
        response.end(JSON.stringify({ type: 'about:blank', status: answer.status, code: answer.code }));
        return;
      }
      const { hostname, port } = new URL(upstream);
      const onward = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers, agent: false },
        (back) => {
          response.writeHead(back.statusCode ?? 502, back.rawHeaders);
          back.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
          server.closeAllConnections();
        }),
    };
  };
}

describe('compare', () => {
  test('counts nothing as refused or contained at a door that passes everything on', async () => {
    const rows = await compare(
      fakeDoor(null),
      // Rows are encrypted, whatever stands before the bank.
      ATTACKS.filter(({ id }) => id !== 'smuggling' && id !== 'database-copy'),
    );
    const totals = totalsOf(rows);
    expect(rows.filter((row) => row.door?.verdict !== row.bare.verdict)).toEqual([]);
    expect(totals).toMatchObject({
      refused: 0,
      contained: 0,
      gotThroughDoor: totals.attacks,
      controlsPassedDoor: totals.controls,
    });
    expect(totals.unexpected).toBe(ATTACKS.filter((attack) => attack.expected !== 'passes').length - 2);
  });

  test('shows every control as broken at a door that refuses everything', async () => {
    const rows = await compare(fakeDoor({ status: 404, code: 'PATH_UNKNOWN' }));
    const totals = totalsOf(rows);
    expect(totals).toMatchObject({ gotThroughDoor: 0, refused: totals.attacks, controlsPassedDoor: 0 });
    expect(rows.filter((row) => isControlRow(row) && row.asExpected)).toEqual([]);
    expect(renderTable(rows)).toContain('refused: match PATH_UNKNOWN');
  });

  test('calls refused what has a code, a bare 400 or no answer, and contained what else did no harm', async () => {
    const seen: readonly (readonly [number, string | null])[] = [
      [422, 'BODY_INVALID'],
      [400, null],
      [0, null],
      [200, null],
      [401, null],
    ];
    const attacks = seen.map(([status, code], at): Attack => {
      const run: Attack['run'] = ({ baseUrl, bank: { url } }) =>
        Promise.resolve(
          baseUrl === url
            ? { status: 200, gotThrough: true, code: null, note: 'x' }
            : { status, gotThrough: false, code, note: '' },
        );
      return { id: `a${at}`, risk: 'API1:2023', title: 't', expected: 'refused', run };
    });
    const rows = await compare(fakeDoor(null), attacks);
    expect(rows.map((row) => row.door?.verdict)).toEqual(['refused', 'refused', 'refused', 'contained', 'contained']);
    expect(totalsOf(rows)).toMatchObject({ refused: 3, contained: 2, unexpected: 0 });
    expect(renderTable(rows)).toContain('3 were refused, 2 contained');
  });

  test('does not take a fault for a refusal', async () => {
    const rows = await compare(
      fakeDoor({ status: 500, code: 'INTERNAL_FAULT' }),
      ATTACKS.filter((attack) => attack.id === 'jwt-none'),
    );
    expect(rows).toMatchObject([
      { asExpected: false, door: { verdict: 'refused', stage: 'fault', outcome: { code: 'INTERNAL_FAULT' } } },
    ]);
  });

  test('knows the stage of a code, and none for a code it does not know', () => {
    expect(
      ['PATH_UNKNOWN', 'PATH_INVALID', 'AUTHN_CREDENTIAL_MISSING', 'BODY_INVALID', 'X', null].map(stageOf),
    ).toEqual(['match', 'head', 'authentication', 'body', null, null]);
  });
});

function isControlRow(row: { readonly risk: string }): boolean {
  return row.risk === 'control';
}

describe('the policy of the example', () => {
  test('holds the SHA-256 of the demo key', async () => {
    expect(await readFile(POLICY, 'utf8')).toContain(
      `sha256: ${createHash('sha256').update(DEMO_PARTNER_KEY).digest('hex')}`,
    );
  });

  test('takes the ports of a run, and no admin port where none is wanted', async () => {
    const text = await policyText({
      bankUrl: 'http://127.0.0.1:3999',
      providerUrl: 'http://127.0.0.1:3998',
      storePath: '/tmp/sessions.db',
      keyFolder: '/tmp/keys',
      doorPort: 8999,
      adminPort: null,
    });
    expect(text.match(/127\.0\.0\.1:3999/g)).toHaveLength(2);
    expect(text).toContain('  port: 8999\n');
    expect(text).toContain('"file":"/tmp/keys/data-keys.json","master":"/tmp/keys/master.key"');
    expect(text).not.toMatch(/3000|3001|8080|9090/);
  });
});

describe('the example', () => {
  test('shows encrypted account numbers at the bank, and clear ones through the door', async () => {
    const example = await startExample({ bankPort: 0, providerPort: 0, doorPort: 0, adminPort: 0 }, (options) =>
      openDoor({ ...options, ...NO_LOG }),
    );
    try {
      const { tokens } = await aim(example.bank, example.door.url);
      const ibans = async (url: string): Promise<unknown[]> =>
        items(await send(url, { path: '/v1/accounts', token: tokens.alice })).map((account) => member(account, 'iban'));
      expect(await ibans(example.bank.url)).toEqual([expect.stringMatching(/^sp1\.k[0-9a-f]{8}\.1\./)]);
      expect(await ibans(example.door.url)).toEqual(['DE89370400440532013000']);
    } finally {
      await example.close();
    }
  });

  test('answers HEAD as GET without a body, at the bank and through the door, and no more than GET', async () => {
    const opened = await startExample({ bankPort: 0, providerPort: 0, doorPort: 0, adminPort: 0 }, (options) =>
      openDoor({ ...options, ...NO_LOG }),
    );
    try {
      const { alice } = (await aim(opened.bank, opened.door.url)).tokens;
      for (const url of [opened.bank.url, opened.door.url]) {
        const ask = (method: string) => send(url, { method, path: '/v1/accounts', token: alice });
        const [get, head] = [await ask('GET'), await ask('HEAD')];
        expect([get.status, head.status, head.text]).toEqual([200, 200, '']);
        expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      }
      const other = { method: 'HEAD', path: `/v1/accounts/${BOBS_ACCOUNT}`, token: alice };
      expect((await send(opened.door.url, other)).status).toBe(404);
    } finally {
      await opened.close();
    }
  });

  test('says which port is taken, and how to choose another', async () => {
    const ports = { bankPort: bank.port, providerPort: 0, doorPort: 8080, adminPort: 9090 };
    const error: unknown = await startExample(ports, fakeDoor(null)).catch((reason: unknown) => reason);
    expect(startFailure(error, ports)).toContain(
      `Port ${bank.port} on 127.0.0.1 is taken, so the bank cannot listen there.`,
    );
    expect(startFailure(error, ports)).toContain(`--bank-port ${bank.port + 1}`);
  });

  test('names a port that the rest of the example does not need, and keeps the others that were chosen', () => {
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 3000 });
    const said = startFailure(taken, { ...DEFAULT_PORTS, doorPort: 8081 });
    expect(said.split('\n').at(-1)?.trim()).toMatch(/ npm start -- --bank-port 3002 --port 8081$/);
  });

  test('says which two options have one port', () => {
    expect(sharedPort(DEFAULT_PORTS)).toBeNull();
    expect(sharedPort({ ...DEFAULT_PORTS, bankPort: 3001 })).toBe(
      '--bank-port and --provider-port are both 3001: give each its own',
    );
  });

  test('stops the bank again where the door does not open, and tells a wrapped cause', async () => {
    let upstream = '';
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 8080 });
    const ports = { bankPort: 0, providerPort: 0, doorPort: 8080, adminPort: 9090 };
    const opened = startExample(ports, (options) => {
      upstream = options.upstream;
      return Promise.reject(new Error('could not open', { cause: taken }));
    });
    const error: unknown = await opened.catch((reason: unknown) => reason);
    expect(startFailure(error, ports)).toContain('Port 8080 on 127.0.0.1 is taken, so the door cannot listen there.');
    expect((await send(upstream, { path: '/v1/health' })).status).toBe(0);
  });

  test('answers at the door and at the bank until it is closed, and at neither after', async () => {
    const example = await startExample(
      { bankPort: 0, providerPort: 0, doorPort: 8080, adminPort: 9090 },
      fakeDoor(null),
    );
    const urls = [example.door.url, example.bank.url, example.bank.internal.origin];
    const statuses = (): Promise<number[]> =>
      Promise.all(urls.map(async (url) => (await send(url, { path: '/v1/health' })).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    await example.close();
    expect(await statuses()).toEqual([0, 0, 0]);
  });

  test('takes the second signal of one Ctrl-C for the same, and a later one as force', () => {
    const calls: string[] = [];
    let nowMs = 5000;
    const stop = createStopSignal({
      close: () => calls.push('close'),
      force: () => calls.push('force'),
      nowMs: () => nowMs,
    });
    stop();
    nowMs += SAME_PRESS_MS;
    stop();
    expect(calls).toEqual(['close']);
    nowMs += 1;
    stop();
    expect(calls).toEqual(['close', 'force']);
  });

  test('shows a command that fetches a token with curl and sed alone', async (context) => {
    const run = promisify(execFile);
    const hasCurl = await run('sh', ['-c', 'command -v curl && command -v sed']).then(
      () => true,
      () => false,
    );
    if (!hasCurl) context.skip('left out: no sh, curl and sed here');
    expect(renderScreen({ bankPort: 3000, providerPort: 3001, doorPort: 8080, adminPort: 9090 })).toContain(
      tokenCommand('http://127.0.0.1:8080'),
    );
    const { stdout } = await run('sh', ['-c', `${tokenCommand(bank.url)}; printf %s "$TOKEN"`]);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('keeps its log back until the screen stands, and loses no line of it', () => {
    const written: string[] = [];
    const log = createHeldLog((line) => written.push(line));
    log.line('one');
    log.line('two');
    expect(written).toEqual([]);
    log.release();
    log.line('three');
    log.release();
    expect(written).toEqual(['one', 'two', 'three']);
  });

  test('fits one screen of 40 lines', () => {
    expect(
      renderScreen({ bankPort: 3000, providerPort: 3001, doorPort: 8080, adminPort: 9090 }).split('\n').length,
    ).toBeLessThanOrEqual(40);
  });
});
