import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '@sallyport/core';
import { reportFailure } from './report-failure.ts';

const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
afterEach(() => said.mockClear());

function reported(facts: object): unknown {
  expect(reportFailure(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', ...facts }))).toBe(2);
  return said.mock.lastCall?.[0];
}

describe('reportFailure', () => {
  it('tells a port that this user may not have from a file that this user may not have', () => {
    expect(reported({ syscall: 'listen', port: 80 })).toBe(
      'sallyport: this user may not listen on port 80. Choose one above 1023, or grant the right to bind it.',
    );
    expect(reported({ syscall: 'mkdir', path: '/srv/door/.sallyport' })).toBe(
      'sallyport: /srv/door/.sallyport: this user may not',
    );
  });

  it('tells warnings of one cause together and counts them as one, and every problem by itself', () => {
    const alike = (line: number) => ({
      ...{ file: 'a.json', line, column: 1, code: 'DOCUMENT_PATH_UNREACHABLE', path: `/paths/~1${line}` },
      ...{ message: 'no request can match it', hint: 'Write it otherwise.' },
    });
    const other = { ...alike(9), message: 'another' };
    reportFailure(new ConfigurationError([alike(5), alike(6)], [alike(1), other, alike(2)]));
    expect(said.mock.calls.map(([text]) => String(text))).toEqual([
      [
        'warning a.json:1:1 DOCUMENT_PATH_UNREACHABLE no request can match it',
        '    This holds of 2 places: /1 (line 1), /2 (line 2).',
        '    Write it otherwise.',
        'warning a.json:9:1 DOCUMENT_PATH_UNREACHABLE another',
        '    Write it otherwise.',
        '',
      ].join('\n'),
      [5, 6]
        .map((line) => `a.json:${line}:1 DOCUMENT_PATH_UNREACHABLE no request can match it\n    Write it otherwise.`)
        .join('\n'),
      '\n2 problems and 2 warnings.',
    ]);
  });
});
