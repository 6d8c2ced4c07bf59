import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EgressPolicy } from '@sallyport/core';
import { createFetchJson } from '../identity/fetch-json.ts';
import { signOwnCertificate } from '../tls/sign-own-certificate.ts';
import { createEgress, egressRefusals, namedBy } from './egress.ts';

/** One service that may be asked and one that may not, at the same port of two addresses of this machine; macOS has but one. */
const FRIEND = '127.0.0.2';
const VICTIM = '127.0.0.3';
const ALLOWED: EgressPolicy = { ranges: [`${FRIEND}/32`], hosts: [] };
const PRIVATE = /leads to this machine itself; where that is meant, list it in egress\.allow$/;

let port: number;
let servers: Server[];
let asked: string[];
const closers: (() => void)[] = [];

function serve(address: string, onPort: number): Promise<Server> {
  const server = createServer((request, response) => {
    asked.push(`${address} ${request.headers.host}`);
    if (request.url === '/away') response.writeHead(302, { location: `http://${VICTIM}:${port}/` }).end('{}');
    else response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{"ok":true}');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(onPort, address, () => resolve(server));
  });
}

beforeEach(async () => {
  asked = [];
  const friend = await serve(FRIEND, 0);
  port = (friend.address() as AddressInfo).port;
  servers = [friend, await serve(VICTIM, port)];
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  for (const server of servers) server.close();
});

/** Asks a URL; names lead to each list of addresses in turn, the last one from then on. */
function asking(
  answers: readonly (readonly string[])[],
  options: { readonly policy?: EgressPolicy; readonly named?: readonly string[]; readonly ca?: string } = {},
) {
  const lookedUp: string[] = [];
  const refusals = egressRefusals();
  const egress = createEgress(options.policy ?? ALLOWED, {
    refusals,
    resolve(hostname) {
      lookedUp.push(hostname);
      const list = answers[Math.min(lookedUp.length, answers.length) - 1] ?? [];
      return Promise.resolve(list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    },
  });
  const client = { purpose: 'keys', names: namedBy(options.named ?? []) } as const;
  const withCa: typeof egress = {
    ...egress,
    dispatcher: (of, more) => egress.dispatcher(of, { ...more, ca: options.ca ?? null }),
  };
  const { fetchJson, close } = createFetchJson(withCa, client);
  closers.push(close);
  const ask = (url: string): Promise<unknown> => fetchJson(url, AbortSignal.timeout(5_000)).then(({ value }) => value);
  return { ask, lookedUp, refused: () => refusals.render() };
}

describe.skipIf(process.platform === 'darwin')('egress', () => {
  it('connects to the address that was checked, and looks a name up once for a connection', async () => {
    const { ask, lookedUp } = asking([[FRIEND], [VICTIM]]);
    expect(await ask(`http://rebound.example:${port}/`)).toEqual({ ok: true });
    expect(lookedUp).toEqual(['rebound.example']);
    expect(asked).toEqual([`${FRIEND} rebound.example:${port}`]);
  });

  it('refuses a name that leads elsewhere at the next connection', async () => {
    const { ask, refused } = asking([[FRIEND], [VICTIM]]);
    await ask(`http://rebound.example:${port}/`);
    await expect(ask(`http://rebound.example:${port}/`)).rejects.toThrow(PRIVATE);
    expect(asked).toHaveLength(1);
    expect(refused()).toContain('sallyport_egress_refused_total{purpose="keys",address="loopback"} 1\n');
  });

  it.each([[[FRIEND, VICTIM]], [[VICTIM, FRIEND]], [[FRIEND, '::1']], [[FRIEND, '::ffff:127.0.0.3']]])(
    'refuses a name of which one address is bad: %j',
    async (addresses) => {
      await expect(asking([addresses]).ask(`http://mixed.example:${port}/`)).rejects.toThrow(PRIVATE);
      expect(asked).toEqual([]);
    },
  );

  it('judges an address that is written out, in whatever notation', async () => {
    const { ask, lookedUp } = asking([]);
    for (const host of [VICTIM, '2130706435', '0x7f.3', '0177.0.0.3', '[::ffff:127.0.0.3]', '[64:ff9b::127.0.0.3]'])
      await expect(ask(`http://${host}:${port}/`)).rejects.toThrow(PRIVATE);
    expect(await ask(`http://${FRIEND}:${port}/`)).toEqual({ ok: true });
    expect([lookedUp, asked.length]).toEqual([[], 1]);
  });

  it('lets the policy name its own machine, at that port alone', async () => {
    const { ask } = asking([[VICTIM]], { named: [`http://id.example:${port}/path`] });
    expect(await ask(`http://id.example:${port}/jwks`)).toEqual({ ok: true });
    await expect(ask('http://id.example:1/jwks')).rejects.toThrow(PRIVATE);
    await expect(ask(`http://other.example:${port}/jwks`)).rejects.toThrow(PRIVATE);
  });

  it('asks no metadata service, whoever names it and whatever is allowed', async () => {
    const policy = { ranges: ['169.254.0.0/16', 'fd00::/8'], hosts: ['id.example'] };
    const named = ['http://id.example/', 'http://169.254.169.254/', 'http://[fd00:ec2::254]/'];
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '::ffff:169.254.169.254', '0.0.0.0'])
      await expect(asking([[address]], { policy, named }).ask('http://id.example/')).rejects.toThrow(
        /^id\.example leads to an address that nothing is ever asked at$/,
      );
    for (const url of named.slice(1))
      await expect(asking([], { policy, named }).ask(url)).rejects.toThrow(/nothing is ever asked/);
  });

  it('follows no redirect', async () => {
    const { ask } = asking([[FRIEND]]);
    await expect(ask(`http://id.example:${port}/away`)).rejects.toThrow(/status 302, and redirects are not followed/);
    expect(asked).toEqual([`${FRIEND} id.example:${port}`]);
  });

  it('refuses a name that leads nowhere, or to more addresses than any honest one', async () => {
    await expect(asking([[]]).ask(`http://none.example:${port}/`)).rejects.toThrow(/leads nowhere/);
    const many = Array.from({ length: 65 }, () => FRIEND);
    await expect(asking([many]).ask(`http://many.example:${port}/`)).rejects.toThrow(/leads nowhere/);
  });

  it('holds a certificate against the name, not against the address that was checked', async () => {
    const made = signOwnCertificate({
      commonName: 'id.example',
      dnsNames: ['id.example'],
      addresses: [],
      fromMs: Date.now() - 60_000,
      toMs: Date.now() + 3_600_000,
    });
    const secure = createTlsServer(
      { cert: made.certificate, key: made.key },
      (_, response) => void response.end('{"secure":true}'),
    );
    await new Promise<void>((resolve) => secure.listen(0, FRIEND, resolve));
    servers.push(secure as unknown as Server);
    const at = (secure.address() as AddressInfo).port;
    const { ask } = asking([[FRIEND]], { ca: made.certificate });
    expect(await ask(`https://id.example:${at}/`)).toEqual({ secure: true });
    await expect(ask(`https://other.example:${at}/`)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(asking([[FRIEND]]).ask(`https://id.example:${at}/`)).rejects.toMatchObject({ code: /SELF_SIGNED/ });
  });
});
