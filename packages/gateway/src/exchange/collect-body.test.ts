import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { collectBody } from './collect-body.ts';

type Collected = Buffer | 'too-large' | 'aborted';

function collecting(maxBytes: number): { readonly request: EventEmitter; readonly result: () => Collected | null } {
  const request = Object.assign(new EventEmitter(), { pause: () => undefined });
  let result: Collected | null = null;
  collectBody(request as unknown as IncomingMessage, null, maxBytes, (collected) => (result = collected));
  return { request, result: () => result };
}

describe('collectBody', () => {
  it('any_cut_into_chunks_is_one_body', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }), (chunks) => {
        const whole = Buffer.concat(chunks);
        const { request, result } = collecting(Math.max(1, whole.length));
        for (const chunk of chunks) request.emit('data', Buffer.from(chunk));
        request.emit('end');
        expect(whole.equals(result() as Buffer)).toBe(true);
      }),
    );
  });

  it('refuses the byte past maxBytes and takes the one before it', () => {
    for (const [bytes, expected] of [
      [5, 5],
      [6, 'too-large'],
    ] as const) {
      const { request, result } = collecting(5);
      for (let at = 0; at < bytes; at++) request.emit('data', Buffer.from('a'));
      request.emit('end');
      const collected = result();
      expect(typeof collected === 'string' ? collected : collected?.length).toBe(expected);
    }
  });

  it('holds bytes and not chunks: a body sent byte by byte costs what it is long', () => {
    const { request, result } = collecting(100_000);
    const sent: WeakRef<Buffer>[] = [];
    const send = (): void => {
      for (let at = 0; at < 10_000; at++) {
        const chunk = Buffer.from([at & 0x7f]);
        sent.push(new WeakRef(chunk));
        request.emit('data', chunk);
      }
    };
    return new Promise<void>((done) => {
      send();
      setImmediate(() => {
        setFlagsFromString('--expose-gc');
        (runInNewContext('gc') as () => void)();
        expect(sent.filter((chunk) => chunk.deref() !== undefined).length).toBeLessThan(100);
        request.emit('end');
        expect((result() as Buffer).length).toBe(10_000);
        done();
      });
    });
  });
});
