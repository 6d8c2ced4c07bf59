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

describe('an address in a declared URI', () => {
  test.each([
    ['0.0.0.0', '0.255.255.255'],
    ['10.0.0.0', '10.255.255.255'],
    ['100.64.0.0', '100.127.255.255'],
    ['127.0.0.0', '127.255.255.255'],
    ['169.254.0.0', '169.254.255.255'],
    ['172.16.0.0', '172.31.255.255'],
    ['192.168.0.0', '192.168.255.255'],
    ['198.18.0.0', '198.19.255.255'],
    ['224.0.0.0', '255.255.255.255'],
    ['192.0.0.192', '192.0.0.192'],
    ['168.63.129.16', '168.63.129.16'],
  ])('is one inside from %s to %s, and the ones beside them are not', (from, to) => {
    const number = (text: string): number => text.split('.').reduce((all, part) => all * 256 + Number(part), 0);
    const uri = (address: number): string =>
      `https://${[24, 16, 8, 0].map((bit) => Math.floor(address / 2 ** bit) % 256).join('.')}/`;
    expect(found(uri(number(from)))).toBe('ssrf');
    expect(found(uri(number(to)))).toBe('ssrf');
    if (number(from) > 0) expect(found(uri(number(from) - 1))).toBeNull();
    if (number(to) < 2 ** 32 - 1) expect(found(uri(number(to) + 1))).toBeNull();
  });

  test.each([
    '::',
    '::1',
    '::10.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::ffff:0:a00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2002:7f00:1:1:2:3:4:5',
    'fc00::1',
    'fdff:ffff::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%25eth0',
    'febf::1',
    'feff::1',
  ])('is one inside as [%s]', (address) => expect(found(`https://[${address}]:8443/`)).toBe('ssrf'));

  test.each([
    '2606:4700::1111',
    '::ffff:203.0.113.9',
    '::203.0.113.9',
    '64:ff9b::cb00:7109',
    '64:ff9c::a00:1',
    '65:ff9b::a00:1',
    '2002:cb00:7109::',
    '2003:a00:1::',
    '1::ffff:10.0.0.1',
    '::1:ffff:10.0.0.1',
    'fbff::1',
    'fe7f::1',
  ])('is one outside as [%s]', (address) => expect(found(`https://[${address}]:8443/`)).toBeNull());

  test.each(['::1::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '::g', '::10.0.0.999', ':1', ''])(
    'is found where no reader could be sure of it: [%s]',
    (address) => expect(found(`https://[${address}]/`)).toBe('ssrf'),
  );
});
