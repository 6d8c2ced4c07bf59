import { deny } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { bareRecord } from '../exchange/bare-record.ts';
import type { Door } from '../exchange/guarded-api.ts';
import { plainLine } from './plain-line.ts';

function lineOf(cause: string): string {
  const denial = deny('UPSTREAM_UNREACHABLE', 'upstream', { facts: { cause } });
  const exchange = { requestId: 'r1', peerAddress: '192.0.2.7', method: 'GET', status: 502, denial, bytes: 0 };
  return plainLine(
    bareRecord({ api: { classified: new Set() } } as unknown as Door, { ...exchange, outcome: 'failed' }),
  );
}

describe('plainLine', () => {
  test('says why the upstream could not be had', () => {
    expect(lineOf('ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:3000')).toContain(
      'UPSTREAM_UNREACHABLE (upstream): ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:3000; from 192.0.2.7 in',
    );
  });

  test('stays one line whatever the cause holds', () => {
    expect(lineOf('x\n2026-01-01T00:00:00.000Z 200 GET / passed\u2028')).toContain(': x?2026-01-01');
  });
});
