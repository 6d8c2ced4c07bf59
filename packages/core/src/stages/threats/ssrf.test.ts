import { describe, expect, test } from 'vitest';
import { inspectText } from './inspect-text.ts';

const found = (text: string, uri = true): string | null =>
  inspectText(text, uri).find(({ score }) => score >= 5)?.category ?? null;

describe('a declared URI is judged by the host that clients find in it', () => {
  test.each([
    'http://////10.0.0.1/',
    `http:${'/'.repeat(500)}10.0.0.1/`,
    'http:/\\10.0.0.1/',
    `//${'/'.repeat(500)}10.0.0.1/`,
    `http://${'a.'.repeat(500)}@10.0.0.1/`,
    'http://example.com\\@10.0.0.1/',
    'http://10.0.0.1\\@example.com/',
    'http://expected.example@evil.example/',
    'http://expected.example:443@evil.example/',
  ])('however it is led up to: %s', (uri) => expect(found(uri)).toBe('ssrf'));

  test.each([
    'http://0000000000000000000012.0.0.1/',
    `http://0x${'0'.repeat(40)}a.0.0.1/`,
    'http://[::ffff:0:10.0.0.1]/',
    'http://[fec0::1]/',
    'http://\u{1d7cf}0.0.0.1/',
    'http://loc\u00adalhost/',
    'http://loc\u200balhost/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
    'http://metadata.tencentyun.com/',
    'http://10.0.0.1.traefik.me/',
  ])('however it is written: %s', (uri) => expect(found(uri)).toBe('ssrf'));

  test.each(['http://redis:6379/', 'https://user@vault/', 'ws://broker/'])(
    'where it is a name of the local network: %s',
    (uri) => {
      expect(found(uri)).toBe('ssrf');
      expect(found(uri, false)).toBeNull();
    },
  );

  test.each([
    'https://user:secret@hooks.example.com/x',
    'https://john.doe7:secret@hooks.example.com/x',
    'https://token@git.example.com/a.git',
    'https://example.com/@ann/1',
    'https://example.com/a?b=c@d.example',
    'https://12.0.0.192/',
    'https://m\u00fcller.example/stra\u00dfe',
    'http://203.0.113.9:8080/',
    'urn:isbn:0451450523',
    'mailto:ann@example.com',
    'tag:example.com,2026:a',
    '//cdn.example.com/a.js',
    '/a/b',
    '//images/a.png',
    'capacitor://localhost',
  ])('and nothing is found in %s', (uri) => expect(found(uri)).toBeNull());
});
