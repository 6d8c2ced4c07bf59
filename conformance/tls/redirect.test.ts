import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { openDoor, sendRaw, until, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

const authority = createTestAuthority();
afterAll(() => authority?.close());
let door: Door;
afterEach(() => door.close());

describe.skipIf(authority === null)('the redirect port', () => {
  if (authority === null) return;
  const wild = authority.issue('*.example.com');
  const open = async (redirect: string): Promise<void> => {
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem }, redirect: ${redirect} }\n`,
      files: { 'cert.pem': wild.certificate, 'key.pem': wild.key },
    });
  };
  const ask = async (
    line: string,
    ...headers: string[]
  ): Promise<{ readonly status: number; readonly location: string | null; readonly text: string }> => {
    const text = await sendRaw(
      door.gateway.redirectPort ?? 0,
      `${line} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`,
    );
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
      location: /^Location: (.*)\r$/m.exec(text)?.[1] ?? null,
      text,
    };
  };

  it('sends GET and HEAD to the same target under https, for names of the certificate', async () => {
    await open('0');
    for (const method of ['GET', 'HEAD']) {
      const { status, location, text } = await ask(`${method} /fast?a=%2F..&b=//x`, 'Host: Api.Example.com:80');
      expect([status, location]).toEqual([308, `https://api.example.com:${door.gateway.port}/fast?a=%2F..&b=//x`]);
      // A browser must ignore it over plain HTTP, where anybody could have put it in (RFC 6797, section 8.1).
      expect(text.toLowerCase()).not.toContain('strict-transport-security');
    }
    expect((await ask('HEAD /fast', 'Host: evil.example')).status).toBe(403);
    const records = (): typeof door.log => door.log.filter((line) => line['event.dataset'] === 'sallyport.access');
    await until(() => records().length === 3);
    expect(records().map((record) => record['http.response.body.bytes'])).toEqual([0, 0, 0]);
    expect(door.seen).toEqual([]);
  });

  it.each([
    ['POST', 'POST /fast', ['Host: api.example.com', 'Content-Length: 0']],
    ['a method that changes things', 'DELETE /slow', ['Host: api.example.com']],
    ['another host', 'GET /fast', ['Host: evil.example']],
    ['a host that ends like ours', 'GET /fast', ['Host: evil-example.com']],
    ['a host below what the wildcard covers', 'GET /fast', ['Host: a.b.example.com']],
    ['credentials in the host', 'GET /fast', ['Host: api.example.com@evil.example']],
    ['a path in the host', 'GET /fast', ['Host: evil.example/.example.com']],
    ['a target with a host of its own', 'GET http://evil.example/', ['Host: api.example.com']],
    ['a target that is none', 'OPTIONS *', ['Host: api.example.com']],
  ])('refuses %s, and sends nobody anywhere', async (_, line, headers) => {
    await open('0');
    const { status, location, text } = await ask(line, ...headers, 'Connection: close');
    expect([status, location]).toEqual([403, null]);
    expect(text).toContain('"code":"TLS_REQUIRED"');
    expect(door.seen).toEqual([]);
  });

  it('does not take two Host headers, or none', async () => {
    await open('0');
    expect((await ask('GET /fast', 'Host: api.example.com', 'Host: evil.example')).location).toBeNull();
    expect((await ask('GET /fast')).location).toBeNull();
  });

  it('takes names and port from the policy where it says them', async () => {
    await open('{ port: 0, names: [bank.example], httpsPort: 443 }');
    expect((await ask('GET //evil.example/x', 'Host: bank.example')).location).toBe(
      'https://bank.example//evil.example/x',
    );
    expect((await ask('GET /fast', 'Host: api.example.com')).status).toBe(403);
  });
});
