import { describe, expect, it } from 'vitest';
import { parseMediaType } from '../../validation/media-type.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import { StepBudget } from '../step-budget.ts';
import { mayNameEncrypted } from './undeclared-body.ts';

const marked = (): MarkedPlace => ({
  marks: { encrypted: true } as MarkedPlace['marks'],
  member: () => null,
  item: () => null,
  declared: () => [],
});
const place: MarkedPlace = {
  marks: null,
  member: (name) => (name === 'ssn' ? marked() : null),
  item: () => null,
  declared: () => [],
};
const found = (body: string, type: string | null = 'text/plain'): boolean =>
  mayNameEncrypted(place, Buffer.from(body), type === null ? null : parseMediaType(type), false, new StepBudget());

describe('mayNameEncrypted', () => {
  it('finds a name before any colon of a line, however the line ends', () => {
    for (const end of ['\n', '\r', '\u2028', '\u2029'])
      expect([found(`a: 1${end}ssn: 2`), found(`a: b${end}ssn`), found(`p: {ssn: 1}${end}a`)]).toEqual([
        true,
        false,
        true,
      ]);
  });

  it('finds nothing in blank XML, and in any other text that calls itself XML whatever it holds', () => {
    expect([' ', '\r\n', '\ufeff '].map((body) => found(body, 'application/xml'))).toEqual([false, false, false]);
    expect(found('a', 'application/xml')).toBe(true);
  });

  it('takes the DTDs of W3C for SVG as they are, and no other', () => {
    const svg = (dtd: string, content = '') =>
      found(`<?xml version="1.0"?>\n<!DOCTYPE ${dtd}>\n<svg>${content}</svg>`, 'image/svg+xml');
    const w3c = 'svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"';
    expect(svg(w3c)).toBe(false);
    expect(
      svg('svg PUBLIC "-//W3C//DTD SVG 20010904//EN"\n  "http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd"'),
    ).toBe(false);
    expect(svg(w3c, '<ssn/>')).toBe(true);
    expect(svg(w3c.replace('www.w3.org', 'www.w3.org.example'))).toBe(true);
    expect(svg(w3c.replace('W3C', 'X'))).toBe(true);
    expect(svg(`${w3c} [<!ENTITY e "x">]`)).toBe(true);
    expect(svg(`${w3c}><!DOCTYPE svg SYSTEM "http://a.example/x.dtd"`)).toBe(true);
    expect(svg('svg SYSTEM "http://a.example/x.dtd"')).toBe(true);
  });

  it('takes a time in proportion to the text, of a megabyte of line ends too', () => {
    expect(found('\r'.repeat(1_048_576))).toBe(false);
    expect(found('a\r'.repeat(524_288))).toBe(false);
  });

  it('finds a name anywhere in a body whose type nobody knows, percent-encoded too', () => {
    expect(['ssn=1', 'a=%&%73sn=1', 'name="ssn"', 'my+ssn'].map((body) => found(body, null))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(found('a=%&b=1', null)).toBe(false);
    expect(found('ssn=1')).toBe(false);
  });
});
