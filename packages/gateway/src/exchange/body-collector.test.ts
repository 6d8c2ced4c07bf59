import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { BodyCollector } from './body-collector.ts';

type Collected = Buffer | 'too-large' | 'aborted';

function collecting(maxBytes: number): { readonly body: BodyCollector; readonly result: () => Collected | null } {
  let result: Collected | null = null;
  const body = new BodyCollector(maxBytes, (collected) => (result = collected));
  return { body, result: () => result };
}

describe('BodyCollector', () => {
  it('any_cut_into_chunks_is_one_body', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }), (chunks) => {
        const whole = Buffer.concat(chunks);
        const { body, result } = collecting(Math.max(1, whole.length));
        for (const chunk of chunks) body.onChunk(Buffer.from(chunk), false);
        body.onEnd();
        expect(whole.equals(result() as Buffer)).toBe(true);
      }),
    );
  });

  it('refuses the byte past maxBytes and takes the one before it', () => {
    for (const [bytes, expected] of [
      [5, 5],
      [6, 'too-large'],
    ] as const) {
      const { body, result } = collecting(5);
      for (let at = 0; at < bytes; at++) body.onChunk(Buffer.from('a'), false);
      body.onEnd();
      const collected = result();
      expect(typeof collected === 'string' ? collected : collected?.length).toBe(expected);
    }
  });

  it('keeps no more memory of a body that is still to come than what has come of it, and none that was only lent', () => {
    const { body, result } = collecting(100);
    const lent = Buffer.from('{');
    body.onChunk(lent, false);
    lent.fill('x');
    body.onEnd();
    const kept = result() as Buffer;
    expect([kept.toString(), kept.buffer.byteLength]).toEqual(['{', 1]);
  });

  it('takes a body that comes whole as it is', () => {
    const { body, result } = collecting(100);
    const whole = Buffer.from('whole');
    body.onChunk(whole, true);
    body.onEnd();
    expect(result()).toBe(whole);
  });

  it('holds bytes and not chunks: a body sent byte by byte costs what it is long', () => {
    const { body, result } = collecting(100_000);
    const sent: WeakRef<Buffer>[] = [];
    const send = (): void => {
      for (let at = 0; at < 10_000; at++) {
        const chunk = Buffer.from([at & 0x7f]);
        sent.push(new WeakRef(chunk));
        body.onChunk(chunk, false);
      }
    };
    return new Promise<void>((done) => {
      send();
      setImmediate(() => {
        setFlagsFromString('--expose-gc');
        (runInNewContext('gc') as () => void)();
        expect(sent.filter((chunk) => chunk.deref() !== undefined).length).toBeLessThan(100);
        body.onEnd();
        expect((result() as Buffer).length).toBe(10_000);
        done();
      });
    });
  });
});
