import { afterEach, describe, expect, it, vi } from 'vitest';
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
});
