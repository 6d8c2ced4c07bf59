import { describe, expect, test } from 'vitest';
import { operationWith } from './testing/operation-under-test.ts';
import { visitXmlTexts } from './xml-texts.ts';

const ATTACK = "x' or '7'='7";
const XML = 'application/xml';
const found = operationWith({ requestBody: { content: { [XML]: {}, 'text/xml': {} } } });

function textsOf(xml: string): readonly string[] {
  const texts: string[] = [];
  visitXmlTexts(xml, (text) => texts.push(text));
  return texts;
}

test('texts, values, comments and instructions are given each for itself', () => {
  expect(textsOf('<?t a="b"?><a b="1 &lt; 2">one &amp; two<!-- three --></a>')).toEqual([
    '<?t a="b"?>',
    '1 < 2',
    ' three ',
    'one & two',
  ]);
});

test('a text with something within it is given in its pieces and as one', () => {
  expect(textsOf('<a>\n on<!---->e<?x?><![CDATA[ & ]]>two\n</a>')).toEqual([
    '',
    '<?x?>',
    'on',
    'e',
    '&',
    'two',
    'one & two',
  ]);
  expect(textsOf('<a> <![CDATA[one]]> </a><b>two</b>')).toEqual(['one', 'two']);
});

describe('an attack in XML is found', () => {
  test.each([
    ['in a comment', `<a><!-- ${ATTACK} --></a>`],
    ['around a comment', `<a>x' o<!-- a note -->r '7'='7</a>`],
    ['around a section', `<a>x' o<![CDATA[r]]> '7'='7</a>`],
    ['around an instruction', `<a>x' o<?note?>r '7'='7</a>`],
    ['behind a quote in an instruction', `<?note " ?><a>${ATTACK}</a>`],
    ['behind a quote that nobody closes', `<a b="${ATTACK}`],
    ['behind a comment that nobody closes', `<a><!-- ${ATTACK}`],
    ['in a section that nobody closes', `<a><![CDATA[${ATTACK}`],
  ])('%s', (_where, body) => {
    expect(found({ type: XML, body })).toBe('sql');
  });

  test.each([9, 10, 100])('in references of %i digits', (digits) => {
    const written = (radix: 10 | 16): string =>
      Array.from(ATTACK, (sign) => {
        const number = sign.charCodeAt(0).toString(radix).padStart(digits, '0');
        return `&#${radix === 16 ? 'x' : ''}${number};`;
      }).join('');
    for (const radix of [10, 16] as const) expect(found({ type: XML, body: `<a b="${written(radix)}"/>` })).toBe('sql');
  });

  test('in an instruction, as a whole', () => {
    expect(found({ type: XML, body: "<?php system('id') ?><a/>" })).toBe('code');
  });
});

test.each([
  '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Word.Document"?>\n<a/>',
  '<!-- Generator: Adobe Illustrator 24.0.1, SVG Export Plug-In . SVG Version: 6.00 Build 0)  --><svg/>',
  '<a><!-- <b c="d">TODO: it\'s "old"; see http://localhost:8080/x</b> --><!--[if lt IE 9]><p>old</p><![endif]--></a>',
  "<a>O'Brien &amp; <!-- his --><![CDATA[Sons' <shop>]]></a>",
])('nothing is found in %s', (body) => {
  expect(found({ type: XML, body })).toBe('null');
});
