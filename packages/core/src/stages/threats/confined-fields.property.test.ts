import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUNDS, bytesOf } from '../../schema/testing/test-document.ts';
import { WITHIN_A_TEST } from '../../testing/within-a-test.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { compileFormat } from '../validation/compile-format.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { confiningSchemas } from './testing/confining-schemas.ts';
import { INJECTION, textsWith } from './testing/texts-under-test.ts';

const SIGN = "'1'='1";
const fieldName = fc.constantFrom('a', 'b', 'x', 'a[b]', 'a]', 'a[0]', 'a[]', '0', 'a[b][x]');
const fieldValue = fc.constantFrom(
  ...['a', '1', '{}', INJECTION, `a,${INJECTION}`, JSON.stringify({ a: INJECTION }), JSON.stringify([INJECTION])],
);
const stated = fc.constantFrom(
  ...['', 'application/json', 'text/plain', 'application/jsonl', 'application/x-www-form-urlencoded', 'image/png'],
);
const fields = fc.array(fc.tuple(fieldName, fieldValue, stated), { minLength: 1, maxLength: 3 });
type Fields = readonly (readonly [string, string, string])[];

function formOf(pairs: Fields): string {
  const written = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');
  return pairs.map(([name, value]) => `${written(name)}=${written(value)}`).join('&');
}

function partsOf(pairs: Fields): string {
  const part = ([name, value, type]: Fields[number]): string =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${type === '' ? '' : `\r\nContent-Type: ${type}`}\r\n\r\n${value}\r\n`;
  return `${pairs.map(part).join('')}--b--\r\n`;
}

function count(texts: readonly string[]): number {
  return texts.reduce((all, text) => all + text.split(SIGN).length - 1, 0);
}

test('valid_fields_and_parts_with_an_injection_have_it_looked_at, whatever their schema', () => {
  let looked = 0;
  fc.assert(
    fc.property(
      confiningSchemas,
      fc.array(fields, { minLength: 4, maxLength: 6 }),
      fc.boolean(),
      ([node, X, Y, L], bodies, isTyped) => {
        const schema = isTyped ? { ...node, type: 'object' } : node;
        const { compiler, media, textsIn } = textsWith(schema, { X, Y, L }, { range: '*/*' });
        const context: Parameters<typeof compileFormat>[3] = {
          schemas: compiler,
          direction: 'request',
          undeclared: 'as-declared',
          bounds: BOUNDS,
          maxItemBytes: 1_000_000,
          document: { resolveSchema: () => null },
        };
        const check = (contentType: string, body: string, sent: number): void => {
          const type = parseMediaType(contentType);
          if (type === null || sent === 0) return;
          const whole = compileFormat(media, bodyFormat(type), true, context)?.whole;
          if (whole?.(bytesOf(body), type).ok !== true) return;
          looked++;
          const all = count(textsIn(contentType, body)) >= sent;
          expect({ contentType, body, all }).toEqual({ contentType, body, all: true });
        };
        for (const pairs of bodies) {
          const sent = count(pairs.map(([, value]) => value));
          check('application/x-www-form-urlencoded', formOf(pairs), sent);
          check('multipart/form-data; boundary=b', partsOf(pairs), sent);
          check('multipart/mixed; boundary=b', partsOf(pairs), sent);
          for (const [, value] of pairs) {
            check('text/plain', value, count([value]));
            check('application/jsonl', /^[[{]/.test(value) ? value : JSON.stringify(value), count([value]));
          }
        }
      },
    ),
    { numRuns: 500, ...WITHIN_A_TEST },
  );
  expect(looked).toBeGreaterThan(500);
});
