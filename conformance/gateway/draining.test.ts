import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { startLoad, WIRES, type Wire } from './keep-alive-load.ts';
import { openDoor, until, type Door } from '../door.ts';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
const ca = authority?.certificate ?? '';
let door: Door;
afterEach(() => door.close());
afterAll(() => authority?.close());

async function open(wire: Wire): Promise<void> {
  const tls = wire === 'HTTP/1.1' ? '' : 'tls: { certificate: cert.pem, key: key.pem }, ';
  door = await openDoor({
    document: SMALL_API,
    // Nothing is cut: what does not end by itself keeps the door from closing.
    policy: `${SMALL_POLICY}listen: { ${tls}drainTimeout: 1h }\n`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
    upstream: (_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      // In a later turn, so that requests wait here when the door is told to end.
      setImmediate(() => setImmediate(() => response.end('{"ok":true}')));
    },
  });
}

const records = (): number => door.log.filter((line) => line['event.dataset'] === 'sallyport.access').length;

describe.skipIf(authority === null).each(WIRES)('clients that ask without a pause over %s', (wire) => {
  it('lose nothing that has begun when the door is told to end, and no connection stays', async () => {
    for (const answers of [1, 20, 50, 90, 150]) {
      await open(wire);
      const load = startLoad(wire, door.url, ca);
      await until(() => load.outcomes.length >= answers);
      const before = load.underWay();
      const closed = door.gateway.close();
      expect([...new Set(await Promise.all(before))]).toEqual([200]);
      await load.over;
      await closed;
      const answered = load.outcomes.filter((outcome) => outcome === 200).length;
      expect(load.outcomes.filter((outcome) => outcome !== 200 && outcome !== 'unanswered')).toEqual([]);
      expect([door.seen.length, records()]).toEqual([answered, answered]);
      await door.close();
    }
  });

  it('hear nothing of a reload: every request is answered, on the connections that are there', async () => {
    await open(wire);
    const load = startLoad(wire, door.url, ca);
    for (let reloads = 0; reloads < 8; reloads++) {
      const { length } = load.outcomes;
      await until(() => load.outcomes.length > length + 20);
      expect(await door.gateway.reload()).toBeNull();
    }
    load.stop();
    await load.over;
    await until(() => records() >= load.outcomes.length);
    expect([...new Set(load.outcomes)]).toEqual([200]);
    expect([load.connections(), records()]).toEqual([6, load.outcomes.length]);
  });
});
