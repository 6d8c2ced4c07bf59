import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const SQL = "SELECT name FROM users WHERE id = 1 OR '1'='1'; DROP TABLE notes --";
const SCRIPT = "import a from '../../../a.js'; require('child_process').exec(`id; ${b}`);";
const json = (value: object): Sent => ({ type: JSON_TYPE, body: JSON.stringify(value) });
const found = (code: object, settings = ''): ((sent: Sent) => string) => {
  const schema = { type: 'object', properties: { code, note: { type: 'string' } } };
  return operationWith({ requestBody: { content: { [JSON_TYPE]: { schema }, [FORM]: { schema } } } }, { settings });
};

describe('a text that the schema declares as code is that', () => {
  test.each([
    ['application/sql', SQL],
    ['application/javascript', SCRIPT],
    ['text/javascript; charset=utf-8', SCRIPT],
    ['text/x-python', '__import__("os").system("id")'],
    ['application/x-sh', 'cat /etc/passwd | sh; $(id)'],
    ['application/toml', "query = 'x' or '7'='7'"],
  ])('in %s', (contentMediaType, code) => {
    const one = found({ type: 'string', contentMediaType });
    expect(one(json({ code }))).toBe('null');
    expect(one({ type: FORM, body: `code=${encodeURIComponent(code)}` })).toBe('null');
    // Beside it, without it, and where nothing holds a body to what is declared.
    expect(one(json({ note: code }))).not.toBe('null');
    expect(found({ type: 'string' })(json({ code }))).not.toBe('null');
    expect(found({ type: 'string', contentMediaType }, 'modes: { body: observe }')(json({ code }))).not.toBe('null');
  });

  test.each(['text/markdown', 'text/html', 'application/octet-stream', 'text/plain', 'application/sqlite'])(
    'but %s is no code',
    (contentMediaType) => expect(found({ type: 'string', contentMediaType })(json({ code: SQL }))).toBe('sql'),
  );

  test('only where every alternative says so', () => {
    const sql = { type: 'string', contentMediaType: 'application/sql' };
    expect(found({ anyOf: [sql, { type: 'string' }] })(json({ code: SQL }))).toBe('sql');
    expect(found({ anyOf: [sql, { type: 'integer' }] })(json({ code: SQL }))).toBe('null');
  });

  test('and Markdown with code in it needs an exception', () => {
    const markdown = { type: 'string', contentMediaType: 'text/markdown' };
    const code = `# Notes\n\n\`\`\`sql\n${SQL}\n\`\`\`\n`;
    expect(found(markdown)(json({ code }))).toBe('sql');
    const settings = 'threats: { exceptions: [{ field: body:/code, categories: [sql, command, code] }] }';
    expect(found(markdown, settings)(json({ code }))).toBe('null');
    expect(found(markdown, settings)(json({ code: '<script>f()</script>' }))).toBe('markup');
    expect(
      found(markdown)(json({ code: "# O'Brien's *notes*\n\n- select `one` from the list; or two\n> 5 > 3\n" })),
    ).toBe('null');
  });
});
