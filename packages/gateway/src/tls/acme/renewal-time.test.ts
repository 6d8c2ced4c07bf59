import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renewalName, renewalTime, retryDelay, suggestedTime } from './renewal-time.ts';

const HOUR = 3_600_000;
/** The example of RFC 9773, appendix A. */
const EXAMPLE = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`;

describe('renewalName', () => {
  it('is that of the example of RFC 9773', () => {
    expect(renewalName(new X509Certificate(EXAMPLE))).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  });
});

describe('renewalTime', () => {
  it('lies after two thirds of the life and well before its end, however long that is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: HOUR, max: 10_000 * HOUR }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (life, random) => {
          const at = renewalTime({ fromMs: 0, toMs: life }, random);
          expect(at).toBeGreaterThanOrEqual((life * 2) / 3);
          expect(at).toBeLessThan(life * 0.7);
        },
      ),
    );
  });
});

describe('suggestedTime', () => {
  const window = (start: string, end: string): { readonly suggestedWindow: object } => ({
    suggestedWindow: { start, end },
  });

  it('is a moment of the window', () => {
    const life = { fromMs: 0, toMs: Date.parse('2030-03-01T00:00:00Z') };
    expect(suggestedTime(window('2030-01-01T00:00:00Z', '2030-01-03T00:00:00Z'), life, 0.5)).toBe(
      Date.parse('2030-01-02T00:00:00Z'),
    );
  });

  it('is never after the end of the certificate, whatever the authority says', () => {
    const life = { fromMs: Date.parse('2030-01-01T00:00:00Z'), toMs: Date.parse('2030-03-01T00:00:00Z') };
    for (const start of ['2029-01-01T00:00:00Z', '2098-01-01T00:00:00Z'])
      expect(suggestedTime(window(start, '2099-01-01T00:00:00Z'), life, 1)).toBe(life.toMs - 24 * HOUR);
  });

  it.each([{}, { suggestedWindow: null }, window('x', 'y'), window('2030-01-03T00:00:00Z', '2030-01-01T00:00:00Z')])(
    'is none for a window that makes no sense (%j)',
    (body) => {
      expect(suggestedTime(body, { fromMs: 0, toMs: 1 }, 0)).toBeNull();
    },
  );
});

describe('retryDelay', () => {
  it('never waits less than the authority asks, nor more than six hours without being asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, has, random) => {
          const delay = retryDelay(failures, has, null, random);
          expect(delay).toBeGreaterThanOrEqual(48_000);
          expect(delay).toBeLessThanOrEqual(7.2 * HOUR);
          expect(retryDelay(failures, has, 24 * HOUR, random)).toBeGreaterThanOrEqual(24 * HOUR);
        },
      ),
    );
  });

  it('makes at most six attempts in the first hour', () => {
    let at = 0;
    let attempts = 0;
    for (let failures = 1; at <= HOUR; failures += 1) {
      attempts += 1;
      at += retryDelay(failures, false, null, 0);
    }
    expect(attempts).toBeLessThanOrEqual(7);
  });
});
