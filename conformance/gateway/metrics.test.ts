import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readPrometheus, type Sample } from './prometheus-text.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door;
afterEach(() => door.close());

const admin = (): string => `http://127.0.0.1:${door.gateway.admin?.port}`;
const scrape = async (): Promise<Sample[]> => readPrometheus(await (await fetch(`${admin()}/metrics`)).text());
const total = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number =>
  samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, sample) => sum + sample.value, 0);

describe('metrics', () => {
  it('are text that a strict scraper reads, with process, event loop and exchanges in it', async () => {
    const paths = {
      ...SMALL_API.paths,
      '/odd': { get: { operationId: 'quote" back\\slash and\nline', responses: { 200: { description: 'ok' } } } },
    };
    door = await openDoor({ document: { ...SMALL_API, paths }, policy: SMALL_POLICY });
    for (const path of ['/fast', '/fast', '/odd', '/nowhere']) await fetch(door.url + path);
    const samples = await scrape();
    const names = new Set(samples.map(({ name }) => name));
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_heap_used_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_utilization',
      'process_cpu_seconds_total',
      'sallyport_connections',
      'sallyport_door_seconds_bucket',
      'sallyport_log_lines_dropped_total',
    ])
      expect(names).toContain(name);
    expect(total(samples, 'sallyport_requests_total', { operation: 'fast', outcome: 'passed', status: '2xx' })).toBe(2);
    expect(total(samples, 'sallyport_denials_total', { code: 'PATH_UNKNOWN', mode: 'enforce' })).toBe(1);
    expect(
      total(samples, 'sallyport_requests_total', { operation: 'quote\\" back\\\\slash and line', status: '2xx' }),
    ).toBe(1);
    expect(total(samples, 'sallyport_door_seconds_count')).toBe(4);
  });

  it('have as many series after a thousand different clients as after ten', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const send = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        const method = ['GET', 'POST', 'DELETE', `X${i}`][i % 4] ?? '';
        await door.raw(
          `${method} /${i % 3 === 0 ? 'fast' : `p${i}`}?q${i}=${i} HTTP/1.1\r\nHost: h${i}\r\nX-${i}: ${i}\r\nUser-Agent: u${i}\r\nX-Key: k${i}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        );
      }
    };
    await send(0, 48);
    const few = (await scrape()).length;
    await send(48, 1048);
    await until(() => door.log.length === 1048);
    const samples = await scrape();
    expect(samples.length).toBe(few);
    expect(total(samples, 'sallyport_requests_total')).toBe(1048);
  });
});

describe('the admin port', () => {
  it('answers its three paths with GET and HEAD and nothing else', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const status = async (path: string, method = 'GET'): Promise<number> =>
      (await fetch(admin() + path, { method })).status;
    expect(
      await Promise.all(
        ['/healthz', '/readyz', '/metrics', '/', '/metrics/', '/fast', '/healthz/..', '/%6detrics'].map((path) =>
          status(path),
        ),
      ),
    ).toEqual([200, 200, 200, 404, 404, 404, 404, 404]);
    expect(
      await Promise.all(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) => status('/metrics', method))),
    ).toEqual([405, 405, 405, 405, 405]);
    expect(await status('/metrics', 'HEAD')).toBe(200);
  });

  it('is not to be reached through the door', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    for (const path of ['/metrics', '/healthz', '/readyz']) expect((await fetch(door.url + path)).status).toBe(404);
    const answer = await door.raw(
      `GET http://127.0.0.1:${door.gateway.admin?.port}/metrics HTTP/1.1\r\nHost: 127.0.0.1:${door.gateway.admin?.port}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
  });

  it('refuses names of foreign pages, which a browser may have been led to take for this address', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(door.gateway.admin?.port ?? 0, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text));
      socket.write(
        'GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n',
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403/);
  });

  it('says that it is not ready while the door drains, and still answers', async () => {
    let release: (() => void) | null = null;
    door = await openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY,
      upstream: (_request, response) =>
        (release = () => response.setHeader('Content-Type', 'application/json').end('{"ok":true}')),
    });
    const underWay = fetch(`${door.url}/slow`);
    await until(() => release !== null);
    const closing = door.gateway.close();
    expect((await fetch(`${admin()}/readyz`)).status).toBe(503);
    expect((await fetch(`${admin()}/healthz`)).status).toBe(200);
    await expect(fetch(`${door.url}/fast`)).rejects.toThrow();
    (release as (() => void) | null)?.();
    expect((await underWay).status).toBe(200);
    await closing;
  });
});
