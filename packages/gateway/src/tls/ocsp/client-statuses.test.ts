import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { readCertificate, type ReadCertificate } from '../read-certificate.ts';
import { signOwnCertificate } from '../sign-own-certificate.ts';
import { ClientStatuses } from './client-statuses.ts';

const NOW = 1_800_000_000_000;
const POLICY = {
  responder: 'http://ocsp.example/',
  hosts: null,
  policy: 'required',
  timeoutMs: 1_000,
  nonce: false,
} as const;

function certificate(): X509Certificate {
  const { certificate: pem } = signOwnCertificate({
    commonName: 'one',
    dnsNames: ['one.example'],
    addresses: [],
    fromMs: NOW,
    toMs: NOW + 86_400_000,
  });
  return new X509Certificate(pem);
}

it('a responder that did not answer is asked again after ten seconds, and at once where the clock was set back since', async () => {
  const leaf = certificate();
  const asked: number[] = [];
  const statuses = new ClientStatuses(POLICY, {
    ask(_url, _leaf, _issuer, nowMs) {
      asked.push(nowMs);
      return Promise.reject(new Error('nobody answers'));
    },
    close: () => Promise.resolve(),
  });
  const issuer = readCertificate(leaf) as ReadCertificate;
  const times = [NOW, NOW + 9_999, NOW + 10_000, NOW - 3_600_000, NOW - 3_600_000 + 9_999, NOW - 3_600_000 + 10_000];
  for (const nowMs of times) {
    await statuses.refresh(leaf, issuer, nowMs);
    expect(statuses.of(leaf, nowMs)).toMatchObject({ state: 'unasked', failure: 'nobody answers' });
  }
  expect(asked).toEqual([NOW, NOW + 10_000, NOW - 3_600_000, NOW - 3_600_000 + 10_000]);
});
