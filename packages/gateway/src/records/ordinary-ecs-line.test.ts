import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRecord, PlannedOperation, Principal } from '@sallyport/core';
import { ecsLine } from './ecs-line.ts';
import { ordinaryEcsLine, ordinaryLine } from './ordinary-ecs-line.ts';

const OPERATIONS = [
  { id: 'getPet', path: '/pets/{petId}', method: 'GET' },
  { id: 'größe "x"', path: '/ü/{id}', method: 'POST' },
].map((operation) => ({ operation }) as unknown as PlannedOperation);
const PRINCIPALS = [
  { kind: 'anonymous', subject: '', roles: [], keyId: null },
  { kind: 'token', subject: 'ada\u2028"', roles: ['reader', 'ü'], keyId: null },
  { kind: 'api-key', subject: 'a'.repeat(500), roles: [], keyId: 'k"1' },
].map((principal) => principal as unknown as Principal);

const ORDINARY: AccessRecord = {
  requestId: 'abcdefghijklmnop-00000001',
  traceId: '0123456789abcdef0123456789abcdef',
  spanId: '0123456789abcdef',
  parentSpanId: null,
  atMs: 1_795_328_046_007,
  method: 'GET',
  path: '/pets/1',
  query: null,
  rawHeaders: [],
  httpVersion: '1.1',
  clientAddress: '192.0.2.1',
  peerAddress: '192.0.2.1',
  operation: OPERATIONS[0] ?? null,
  principal: PRINCIPALS[1] ?? null,
  outcome: 'passed',
  status: 200,
  upstreamStatus: 200,
  denial: null,
  observed: [],
  signals: [],
  fault: null,
  limits: [],
  requestBytes: 0,
  responseBytes: 969,
  totalMs: 1.25,
  upstreamMs: 1,
  doorMs: 0.25,
  stripped: [],
  wouldStrip: [],
  unchecked: null,
  findings: [],
  classified: new Set(),
};

const made = (record: AccessRecord): string | null =>
  ordinaryEcsLine(record) ? ordinaryLine.bytes.toString('utf8', 0, ordinaryLine.length) : null;

describe('ordinaryEcsLine', () => {
  it('law: says byte for byte what the line made as a text says', () => {
    const ms = fc.oneof(
      fc.constantFrom(0, 0.0004, 0.001, 0.9996, 1, 999.9996, 1e6),
      fc.double({ min: 0, max: 1e7, noNaN: true }),
    );
    const bytes = fc.oneof(fc.constantFrom(0, 9, 10, 999, 1000), fc.nat(2_000_000_000));
    fc.assert(
      fc.property(
        fc.record({
          atMs: fc.integer({ min: 1_000_000_000_000, max: 2_000_000_000_000 }),
          operation: fc.constantFrom(...OPERATIONS),
          principal: fc.constantFrom(...PRINCIPALS),
          parentSpanId: fc.constantFrom(null, 'fedcba9876543210'),
          clientAddress: fc.constantFrom('192.0.2.1', '2001:db8::1', '', 'unix:/"x'),
          httpVersion: fc.constantFrom('1.0', '1.1', '2', ''),
          status: fc.integer({ min: 100, max: 599 }),
          upstreamStatus: fc.integer({ min: 100, max: 599 }),
          totalMs: ms,
          upstreamMs: ms,
          doorMs: ms,
          requestBytes: bytes,
          responseBytes: bytes,
        }),
        (some) => {
          const record = { ...ORDINARY, ...some, peerAddress: some.clientAddress };
          const line = made(record);
          expect(line).toBe(ecsLine(record));
          JSON.parse(line ?? '');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, Partial<AccessRecord>]>([
    ['that was denied', { outcome: 'denied' }],
    ['that met no operation', { operation: null }],
    ['that nobody was proved for', { principal: null }],
    ['that did not reach the upstream', { upstreamStatus: null }],
    ['with a fault', { fault: 'Error\n at x' }],
    ['through a proxy', { peerAddress: '192.0.2.2' }],
    ['part of an attack', { signals: ['enumeration'] }],
    ['with members left out', { stripped: ['/a'] }],
    ['with members that would be left out', { wouldStrip: ['/a'] }],
    ['that was not checked', { unchecked: 'a stream' }],
    ['with sensitive data', { findings: [{ kind: 'card', type: 'card', pointer: '/a', action: 'report' }] }],
    ['with a denial that was only observed', { observed: [{ code: 'X' } as never] }],
    ['of an address that is none', { clientAddress: 'a'.repeat(65), peerAddress: 'a'.repeat(65) }],
  ])('leaves an exchange %s to who tells more', (_what, some) => {
    expect(made({ ...ORDINARY, ...some })).toBeNull();
    expect(made(ORDINARY)).not.toBeNull();
  });

  it('leaves a principal whose part is large to who has room', () => {
    const principal = {
      ...PRINCIPALS[1],
      roles: Array.from({ length: 64 }, () => 'r'.repeat(128)),
    } as unknown as Principal;
    expect(made({ ...ORDINARY, principal })).toBeNull();
  });
});
