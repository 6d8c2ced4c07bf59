import { connect } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusPath } from '../../packages/core/src/testing/corpora.ts';
import { createRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';
import { openDoor, until, type Door } from '../door.ts';
import { readStrictRequests } from './strict-requests.ts';

/**
 * Parser cases of llhttp and request-smuggling bugs of the HTTP Garden, sent as raw bytes to a door that lets every path through:
 * each is refused, or what reaches the upstream can be read in one way only, and is what the access records tell. The verdicts are
 * kept in golden files; `UPDATE_GOLDEN=1` writes them anew.
 */
const GOLDEN = resolve(import.meta.dirname, 'golden');
const ANYTHING = { openapi: '3.1.0', info: { title: 'Anything', version: '1' }, paths: {} };

let upstream: RecordingUpstream;
let door: Door;
beforeAll(async () => {
  upstream = await createRecordingUpstream();
  door = await openDoor({
    document: ANYTHING,
    policy: 'modes: { match: observe }\nlimits: []\nrequests: { headTimeout: 1s, bodyTimeout: 1s }',
    upstreamUrl: `http://127.0.0.1:${upstream.port}`,
  });
});
afterAll(async () => {
  await door.close();
  await upstream.close();
});

/** Sends one case and tells what became of it, in words; fails where the upstream got anything ambiguous or unrecorded. */
async function verdictOf(bytes: Buffer): Promise<string> {
  const recordsBefore = door.log.length;
  const before = upstream.streams().map((stream) => stream.length);
  const answer = await exchangeBytes(door.gateway.port, bytes);
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
  await until(() => upstream.streams().every((stream, i) => upstream.isCut(i) || isWhole(stream)));
  const sent = upstream
    .streams()
    .flatMap((stream, i) => readStrictRequests(stream.slice(before[i] ?? 0), upstream.isCut(i)));
  const forwarded = sent.filter(({ isCut }) => !isCut);
  await until(() => door.log.length - recordsBefore >= Math.max(statuses.length, forwarded.length));
  const records = door.log.slice(recordsBefore);
  const asked = records.filter(
    (record) => (record['sallyport'] as Record<string, unknown>)['upstream_status'] !== undefined,
  );
  expect(forwarded.length, 'the upstream got as many requests as the records tell').toBe(asked.length);
  const codes = records
    .map((record) => (record['sallyport'] as Record<string, unknown>)['code'])
    .filter((code) => typeof code === 'string');
  return `${forwarded.length} forwarded${sent.length === forwarded.length ? '' : `, ${sent.length - forwarded.length} begun and cut off`}${codes.length === 0 ? '' : `, ${codes.join(' ')}`}`;
}

/** A stream that ends in the middle of a request is still being written, or about to be cut off. */
function isWhole(stream: string): boolean {
  try {
    readStrictRequests(stream);
    return true;
  } catch {
    return false;
  }
}

/** Sends bytes and, once the door has answered and is silent, closes this side; resolves with all that came when the door has closed its own. */
function exchangeBytes(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let silent: NodeJS.Timeout | undefined;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      clearTimeout(silent);
      silent = setTimeout(() => socket.end(), 250);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(silent);
      resolve(received);
    });
    socket.write(bytes);
  });
}

/** Reads the notation of llhttp's test files: line ends are CRLF, escapes are written out, a backslash at the end joins lines. */
function fromNotation(text: string): Buffer {
  const joined = text.replaceAll('\\\n', '').replaceAll(/(?<!\r)\n/g, '\r\n');
  const bytes = joined.replaceAll(/\\(r|n|t|f|x[0-9a-f]{2}|[0-3][0-7]{2}|\\|")/gi, (_all, escape: string) => {
    const named = { r: '\r', n: '\n', t: '\t', f: '\f', '\\': '\\', '"': '"' }[escape];
    return (
      named ??
      String.fromCharCode(escape[0] === 'x' ? Number.parseInt(escape.slice(1), 16) : Number.parseInt(escape, 8))
    );
  });
  return Buffer.from(bytes, 'latin1');
}

function holdAgainst(golden: string, verdicts: Readonly<Record<string, string>>): void {
  const file = resolve(GOLDEN, golden);
  if (process.env['UPDATE_GOLDEN'] !== undefined || !existsSync(file))
    writeFileSync(file, `${JSON.stringify(verdicts, null, 2)}\n`);
  expect(verdicts).toEqual(JSON.parse(readFileSync(file, 'utf8')));
}

const parserCases = corpusPath('http-parser-cases.jsonl');
const parserBugs = corpusPath('http-parser-bugs.jsonl');

describe('bytes on a socket', () => {
  it.skipIf(parserCases === null)(
    'every parser case is refused or forwarded with one meaning',
    { timeout: 300_000 },
    async () => {
      const rows = readFileSync(parserCases ?? '', 'utf8')
        .trim()
        .split('\n')
        .map(
          (line) => JSON.parse(line) as { title: string; http: string; error: string | null; meta: { type?: string } },
        );
      const verdicts: Record<string, string> = {};
      for (const [i, row] of rows.filter((each) => each.meta.type?.startsWith('request') === true).entries())
        verdicts[
          `${String(i + 1).padStart(2, '0')} ${row.title}${row.error === null ? '' : ` [llhttp: ${row.error}]`}`
        ] = await verdictOf(fromNotation(row.http));
      holdAgainst('parser-cases.json', verdicts);
    },
  );

  it.skipIf(parserCases === null)(
    'the same with a Host, which most cases lack: what is behind the head is seen too',
    { timeout: 300_000 },
    async () => {
      const rows = readFileSync(parserCases ?? '', 'utf8')
        .trim()
        .split('\n')
        .map(
          (line) => JSON.parse(line) as { title: string; http: string; error: string | null; meta: { type?: string } },
        );
      const verdicts: Record<string, string> = {};
      for (const [i, row] of rows.filter((each) => each.meta.type?.startsWith('request') === true).entries()) {
        const bytes = fromNotation(row.http).toString('latin1');
        if (/^host:/im.test(bytes)) continue;
        verdicts[
          `${String(i + 1).padStart(2, '0')} ${row.title}${row.error === null ? '' : ` [llhttp: ${row.error}]`}`
        ] = await verdictOf(Buffer.from(bytes.replaceAll(/( HTTP\/1\.[01]\r\n)/g, '$1Host: a\r\n'), 'latin1'));
      }
      holdAgainst('parser-cases-with-host.json', verdicts);
    },
  );

  it.skipIf(parserBugs === null)(
    'every smuggling bug is refused or forwarded with one meaning',
    { timeout: 300_000 },
    async () => {
      const rows = readFileSync(parserBugs ?? '', 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { title: string; raw: readonly string[] });
      const verdicts: Record<string, string> = {};
      for (const [i, row] of rows.entries())
        for (const [j, hex] of row.raw.entries())
          verdicts[`${String(i + 1).padStart(2, '0')}.${j + 1} ${row.title}`] = await verdictOf(
            Buffer.from(hex, 'hex'),
          );
      holdAgainst('parser-bugs.json', verdicts);
    },
  );
});
