import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text as textOf, buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { DirectWriter } from './direct-writer.ts';
import { OutgoingBytes } from './outgoing-bytes.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Both ends of a connection; neither reads until it is asked to. */
async function connected(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'connect')])) as [[Socket], unknown];
  return { near, far };
}

/** Characters as bytes. */
function write(writer: DirectWriter, text: string): void {
  const out = new OutgoingBytes();
  out.addText(text);
  writer.write(out);
  expect(out.length).toBe(0);
}

/** Writes numbered texts until the system leaves a rest. */
function fill(writer: DirectWriter, name = 'x'): string {
  let written = '';
  for (let i = 0; writer.taken; i++) {
    const text = `${name}${i} `.repeat(3000);
    written += text;
    write(writer, text);
  }
  return written;
}

describe('DirectWriter', () => {
  it('writes characters as bytes, past the stream', async () => {
    const { near, far } = await connected();
    const passed: unknown[] = [];
    near.write = ((chunk: unknown) => passed.push(chunk)) as never;
    const writer = new DirectWriter(near, false);
    const text = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    write(writer, text);
    expect(writer.taken).toBe(true);
    expect(writer.needsDrain).toBe(false);
    expect(passed).toEqual([]);
    near.end();
    expect((await buffer(far)).toString('latin1')).toBe(text);
  });

  it('keeps everything in order while the system leaves a rest, and says drain when it is taken', async () => {
    const { near, far } = await connected();
    const writer = new DirectWriter(near, false);
    let written = fill(writer);
    expect(writer.needsDrain).toBe(true);
    for (const next of ['then ', 'and ', 'last ']) {
      write(writer, next);
      near.write(Buffer.from(next));
      written += next + next;
    }
    expect(writer.taken).toBe(false);
    const drained = once(near, 'drain');
    const read = textOf(far);
    await drained;
    write(writer, 'again ');
    near.end(() => undefined);
    expect(await read).toBe(`${written}again `);
  });

  it('ends after the rest', async () => {
    const { near, far } = await connected();
    const written = fill(new DirectWriter(near, false));
    near.end('end');
    expect(await textOf(far)).toBe(`${written}end`);
  });

  it('leaves to many connections what is theirs, though all of them have rests', async () => {
    const pairs = await Promise.all(Array.from({ length: 12 }, connected));
    const writers = pairs.map(({ near }) => new DirectWriter(near, false));
    const written = writers.map((writer, i) => fill(writer, `${i}:`));
    const read = pairs.map(async ({ near, far }, i) => {
      const whole = textOf(far);
      await once(near, 'drain');
      write(writers[i] as DirectWriter, 'rest taken');
      near.end();
      return whole;
    });
    expect(await Promise.all(read)).toEqual(written.map((text) => `${text}rest taken`));
  });

  it('breaks the connection when the far end goes away before it has taken the rest', async () => {
    const { near, far } = await connected();
    const writer = new DirectWriter(near, false);
    fill(writer);
    const failed = once(near, 'error');
    far.resetAndDestroy();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ syscall: 'write', code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) as string });
    expect(near.destroyed).toBe(true);
    // Nothing of that connection is left for the next.
    const next = await connected();
    const other = new DirectWriter(next.near, false);
    write(other, 'whole');
    next.near.end();
    expect(await textOf(next.far)).toBe('whole');
  });

  it('can be given up with a rest', async () => {
    const { near } = await connected();
    fill(new DirectWriter(near, false));
    near.destroy();
    await once(near, 'close');
    expect(near.errored).toBeNull();
  });

  it('fails as the stream does after the end', async () => {
    const { near } = await connected();
    const writer = new DirectWriter(near, false);
    near.end();
    await once(near, 'finish');
    const failed = once(near, 'error');
    write(writer, 'late');
    expect(((await failed) as [NodeJS.ErrnoException])[0].code).toBe('ERR_STREAM_WRITE_AFTER_END');
  });

  it('leaves everything to the stream where Node holds its connections in another way', async () => {
    const { near, far } = await connected();
    Object.assign((near as unknown as { _handle: object })._handle, { writeBuffer: undefined });
    const passed: unknown[] = [];
    near.write = ((chunk: unknown) => passed.push(chunk)) as never;
    write(new DirectWriter(near, false), 'by the stream');
    expect(passed).toEqual([Buffer.from('by the stream')]);
    near.destroy();
    far.destroy();
  });

  it('leaves everything to the stream under TLS', async () => {
    const { near, far } = await connected();
    const passed: unknown[] = [];
    near.write = ((chunk: unknown) => passed.push(chunk)) as never;
    write(new DirectWriter(near, true), 'by the stream');
    expect(passed).toEqual([Buffer.from('by the stream')]);
    near.destroy();
    far.destroy();
  });
});
