import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../egress/egress.ts';
import { signOwnCertificate } from '../tls/sign-own-certificate.ts';
import { createVaultHttp } from './vault-http.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
function speak(address: string, namespace: string | null = null, timeoutMs = 5_000) {
  const http = createVaultHttp({ address, namespace, timeoutMs }, null, createEgress());
  closing.push(() => http.close());
  return http.call;
}
const answering = async (listener: RequestListener, namespace: string | null = null, timeoutMs = 5_000) =>
  speak(`http://127.0.0.1:${await listen(createServer(listener))}`, namespace, timeoutMs);

describe('createVaultHttp', () => {
  it('sends token and namespace in their headers, and an answer without a body is empty', async () => {
    let seen: Record<string, unknown> = {};
    const call = await answering((request, response) => {
      seen = { url: request.url, ...request.headers };
      response.writeHead(204).end();
    }, 'team/a');
    expect(await call('POST', 'auth/token/renew-self', { token: 'hvs.x', body: {} })).toEqual({});
    expect(seen).toMatchObject({
      url: '/v1/auth/token/renew-self',
      'x-vault-token': 'hvs.x',
      'x-vault-namespace': 'team/a',
      'x-vault-request': 'true',
    });
  });

  it.each([
    [403, 'denied'],
    [400, 'refused'],
    [404, 'refused'],
    [429, 'unavailable'],
    [473, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('status %d is %s, and what the answer says is not repeated', async (status, kind) => {
    const call = await answering((_, response) => response.writeHead(status).end('{"errors":["secret-detail"]}'));
    const failed = call('GET', 'x', { token: 'hvs.secret-token' });
    await expect(failed).rejects.toMatchObject({ kind });
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  it('names the setting of the authority where nobody vouches for the certificate', async () => {
    const now = Date.now();
    const made = signOwnCertificate({
      commonName: 'vault',
      dnsNames: [],
      addresses: [],
      fromMs: now - 60_000,
      toMs: now + 60_000,
    });
    const server = createSecureServer({ key: made.key, cert: made.certificate }, (_, response) => response.end());
    const call = speak(`https://127.0.0.1:${await listen(server)}`);
    await expect(call('GET', 'x')).rejects.toThrow(
      'DEPTH_ZERO_SELF_SIGNED_CERT: no authority that is trusted vouches for its certificate; name its own under vault.ca',
    );
  });

  it('follows no redirect: the token would go along', async () => {
    let asked = 0;
    const elsewhere = await listen(createServer((_, response) => void (asked++, response.end('{}'))));
    const call = await answering((_, response) =>
      response.writeHead(307, { Location: `http://127.0.0.1:${elsewhere}/v1/x` }).end(),
    );
    await expect(call('GET', 'x', { token: 'hvs.x' })).rejects.toThrow('redirects are not followed');
    expect(asked).toBe(0);
  });

  it.each([
    [
      'larger than 1 MiB',
      (_: unknown, response: Parameters<RequestListener>[1]) => response.end(' '.repeat(2 ** 20 + 1)),
    ],
    [
      'compressed',
      (_: unknown, response: Parameters<RequestListener>[1]) =>
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x'),
    ],
    ['no JSON object', (_: unknown, response: Parameters<RequestListener>[1]) => response.end('[]')],
    ['no JSON object', (_: unknown, response: Parameters<RequestListener>[1]) => response.end('{"a":1,"a":2}')],
  ])('an answer that is %s is none', async (what, listener) => {
    await expect((await answering(listener as RequestListener))('GET', 'x')).rejects.toThrow(what);
  });

  it('who does not answer in time, or is not there, is unavailable', async () => {
    const silent = await answering(() => undefined, null, 100);
    await expect(silent('GET', 'x')).rejects.toMatchObject({ kind: 'unavailable', message: /in time/ });
    await expect(speak('http://127.0.0.1:1')('GET', 'x')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
