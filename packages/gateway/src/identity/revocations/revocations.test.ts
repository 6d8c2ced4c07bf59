import { expect, it } from 'vitest';
import type { Principal } from '@sallyport/core';
import { createRevocations } from './revocations.ts';
import { revocationName } from './revocation-name.ts';
import type { RevocationChange, Store } from '../../store/store-port.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const CLOCK = { nowMs: () => NOW, steadyMs: () => 0, schedule: () => () => undefined };
const ANNA: Principal = {
  kind: 'token',
  issuer: 'https://id.example/',
  subject: 'anna',
  scopes: new Set(),
  roles: [],
  attributes: {},
  schemes: ['token'],
  keyId: null,
};

/** The code that a credential is refused with; for one that is asked about again, the same `holder`. */
async function revoked(...changes: readonly Partial<RevocationChange>[]) {
  const revocations = createRevocations({ clock: CLOCK, isTrusted: () => true });
  const name = revocationName('subject', ANNA.issuer, ANNA.subject);
  const rows = changes.map((more, index) => ({ version: index + 1, name, atMs: NOW, expiresAtMs: null, ...more }));
  const store: Pick<Store, 'revocationsSince'> = {
    revocationsSince: (version) => Promise.resolve(rows.filter((row) => row.version > version)),
  };
  await revocations.follow(store as Store);
  return (issuedAtMs: number | null, nowMs: number, holder = { ...ANNA }) =>
    revocations.refusePrincipal(holder, issuedAtMs, nowMs)?.code ?? null;
}

it('a revocation that had expired counts again where the clock is set back', async () => {
  const codeOf = await revoked({ expiresAtMs: NOW + HOUR });
  const codes = [NOW, NOW + 2 * HOUR, NOW + 1].map((nowMs) => codeOf(null, nowMs, ANNA));
  expect(codes).toEqual(['AUTHN_SUBJECT_REVOKED', null, 'AUTHN_SUBJECT_REVOKED']);
});

it('one that was lifted counts no more, nor does any for whoever proved it later', async () => {
  const lifted = await revoked({}, { expiresAtMs: 0 });
  expect(lifted(null, NOW)).toBeNull();
  const again = await revoked({});
  expect([again(NOW, NOW), again(NOW + 1, NOW)]).toEqual(['AUTHN_SUBJECT_REVOKED', null]);
});
