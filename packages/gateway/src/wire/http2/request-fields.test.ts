import { describe, expect, it } from 'vitest';
import { readRequestFields } from './request-fields.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':path', '/a', ':authority', 'a'];
const without = (name: string): string[] => GET.filter((_, i) => GET[i - (i % 2)] !== name);
const read = (raw: readonly string[], sent = raw.length / 2, maxHeadBytes = 1024) =>
  readRequestFields(raw, sent, { maxHeadBytes });

/** The library below refuses most of these before they come here: nothing may depend on that. */
describe('readRequestFields', () => {
  it.each([
    ['an unknown pseudo-header', [...GET, ':protocol', 'websocket'], 'PSEUDO'],
    ['a pseudo-header of replies', [...GET, ':status', '200'], 'PSEUDO'],
    ['a pseudo-header twice', [...GET, ':path', '/b'], 'PSEUDO'],
    ['a pseudo-header behind a header', [...without(':path'), 'x-a', 'b', ':path', '/a'], 'PSEUDO'],
    ['no method', without(':method'), 'PSEUDO'],
    ['no scheme', without(':scheme'), 'PSEUDO'],
    ['another scheme', [...without(':scheme'), ':scheme', 'http'], 'PSEUDO'],
    ['CONNECT', [...without(':method'), ':method', 'CONNECT'], 'CONNECT'],
    ['a method in lower case', [...without(':method'), ':method', 'get'], 'METHOD'],
    ['no path', without(':path'), 'TARGET'],
    ['an absolute path', [...without(':path'), ':path', 'https://a/'], 'TARGET'],
    ['a blank in the path', [...without(':path'), ':path', '/a HTTP/1.1'], 'TARGET'],
    ['an asterisk without OPTIONS', [...without(':path'), ':path', '*'], 'TARGET'],
    ['a line break in a value', [...GET, 'x-a', 'a\r\nb: c'], 'HEADER'],
    ['a line break in a pseudo-header', [...without(':authority'), ':authority', 'a\r\nb'], 'HEADER'],
    ['white space around a value', [...GET, 'x-a', ' a'], 'HEADER'],
    ['an upper-case name', [...GET, 'X-A', 'a'], 'HEADER'],
    ['a line break in a name', [...GET, 'x-a: b\r\nc', 'a'], 'HEADER'],
    ['two hosts', [...GET, 'host', 'a', 'host', 'a'], 'HEADER'],
    ['two lengths', [...GET, 'content-length', '0', 'content-length', '0'], 'HEADER'],
    ['Transfer-Encoding', [...GET, 'transfer-encoding', 'chunked'], 'CONNECTION'],
    ['Connection', [...GET, 'connection', 'close'], 'CONNECTION'],
    ['TE other than trailers', [...GET, 'te', 'gzip'], 'CONNECTION'],
    ['Host beside another authority', [...GET, 'host', 'b'], 'HOST'],
  ])('refuses %s', (_, raw, code) => {
    expect(read(raw)).toMatchObject({ code: expect.stringContaining(code) });
  });

  it('refuses a head of which a field is missing here, as the library leaves out what is malformed', () => {
    expect(read(GET, 5)).toMatchObject({ code: expect.stringContaining('HEADER') });
  });

  it('refuses a head one byte over maxHeadBytes, 32 bytes counted for each field', () => {
    const bytes = GET.join('').length + 4 * 32;
    expect(read(GET, 4, bytes)).toMatchObject({ method: 'GET' });
    expect(read(GET, 4, bytes - 1)).toMatchObject({ code: expect.stringContaining('HEAD_SIZE') });
  });

  it('reads the rest: the authority first, as Host, and the crumbs of a cookie as one', () => {
    const rest = ['cookie', 'a=1', 'x-a', 'b', 'te', 'trailers', 'cookie', 'c=2', 'content-length', '1'];
    expect(read([...GET, ...rest, 'expect', '100-Continue', 'host', 'A'])).toEqual({
      method: 'GET',
      target: '/a',
      rawHeaders: [
        ...['host', 'a', 'cookie', 'a=1; c=2', 'x-a', 'b', 'te', 'trailers', 'content-length', '1'],
        ...['expect', '100-Continue'],
      ],
      contentLength: '1',
      expectsContinue: true,
    });
    const asterisk = [':method', 'OPTIONS', ':scheme', 'https', ':path', '*', 'host', 'a'];
    expect(read(asterisk)).toMatchObject({ target: '*', rawHeaders: ['host', 'a'], expectsContinue: false });
  });
});
