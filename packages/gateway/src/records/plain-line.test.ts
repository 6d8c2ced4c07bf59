import { deny, type AccessRecord } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { bareRecord } from '../exchange/bare-record.ts';
import type { Door } from '../exchange/guarded-api.ts';
import { plainLine } from './plain-line.ts';

/** A line of an exchange that an operation of this id and path was asked for in. */
function lineFor(id: string, path: string, more: Partial<AccessRecord> = {}): string {
  const exchange = { requestId: 'r1', peerAddress: '192.0.2.7', method: 'GET', status: 200, denial: null, bytes: 0 };
  const record = bareRecord({ api: { classified: new Set() } } as unknown as Door, { ...exchange, outcome: 'passed' });
  const operation = { operation: { id, path, basePaths: [''] } } as unknown as AccessRecord['operation'];
  return plainLine({ ...record, path, operation, ...more }).slice('2026-01-15T09:30:00.123Z '.length);
}

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

  test('shows names of the document as they are where they are one word', () => {
    expect(lineFor('users/get-by_id.v2', '/f(id={id})/a:b;c')).toBe(
      '200 GET /f(id={id})/a:b;c passed users/get-by_id.v2 from 192.0.2.7 in 0.0ms id=r1',
    );
    expect(lineFor('GET /a b', '/konto/{näme}')).toBe(
      '200 GET "/konto/{näme}" passed "GET /a b" from 192.0.2.7 in 0.0ms id=r1',
    );
  });

  test('no name of the document, of a rule or of a person forges a line or a field', () => {
    const forged = 'x\n2026-01-01T00:00:00.000Z 200 GET / passed\u2028\u0085\u202e';
    const denial = deny('AUTHZ_SCOPE_MISSING', 'authorization', { rule: forged });
    const principal = { kind: 'token', subject: forged } as unknown as AccessRecord['principal'];
    const line = lineFor(forged, `/${forged}`, { denial, principal });
    expect(line).not.toMatch(/[^\u0020-\u007e]/);
    expect(line.match(/"\/?x\\n2026[^"]*\\u2028\\u0085\\u202e"/g)).toHaveLength(4);
    for (const id of ['id=1', 'signal:enumeration', 'a"b', 'a (b)', '', 'x;'])
      expect(lineFor(id, '/')).toContain(` passed ${JSON.stringify(id)} from`);
  });
});
