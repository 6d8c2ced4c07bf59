import { X509Certificate } from 'node:crypto';
import { DER, readChildren, readElement } from '../der.ts';
import { certificateExtensions } from '../certificate-fields.ts';

/** When a certificate was issued for, and when it ends. */
export interface Lifetime {
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
const FIRST_RETRY_MS = 60_000;
/** Without a certificate nothing is served, so the wait is shorter; authorities allow about five failures an hour. */
const MAX_RETRY_MS = { none: HOUR_MS, some: 6 * HOUR_MS } as const;

/** After two thirds of its life, and up to an hour later, as `random` (0 to 1) says: not all at once after an authority was away. */
export function renewalTime({ fromMs, toMs }: Lifetime, random: number): number {
  const life = toMs - fromMs;
  return fromMs + (life * 2) / 3 + random * Math.min(HOUR_MS, life / 50);
}

/** A moment of the window that the authority suggests (RFC 9773, section 4.2); null where it suggests none that makes sense. */
export function suggestedTime(
  body: Readonly<Record<string, unknown>>,
  { fromMs, toMs }: Lifetime,
  random: number,
): number | null {
  const window = body['suggestedWindow'] as { readonly start?: unknown; readonly end?: unknown } | undefined;
  const startMs = typeof window?.start === 'string' ? Date.parse(window.start) : Number.NaN;
  const endMs = typeof window?.end === 'string' ? Date.parse(window.end) : Number.NaN;
  if (!(startMs < endMs)) return null;
  // Nobody may talk us into waiting until it is too late.
  const lateMs = toMs - Math.min(24 * HOUR_MS, (toMs - fromMs) / 10);
  return Math.min(startMs + random * (endMs - startMs), lateMs);
}

/** How long to wait after so many failures in a row: a minute, doubled each time, and a fifth more or less. */
export function retryDelay(
  failures: number,
  hasCertificate: boolean,
  retryAfterMs: number | null,
  random: number,
): number {
  const max = hasCertificate ? MAX_RETRY_MS.some : MAX_RETRY_MS.none;
  const delay = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), max) * (0.8 + 0.4 * random);
  return Math.max(Math.floor(delay), retryAfterMs ?? 0);
}

/** The name of a certificate towards its authority (RFC 9773, section 4.1); null where it names no key of its issuer. */
export function renewalName(certificate: X509Certificate): string | null {
  const { raw } = certificate;
  try {
    const whole = readElement(raw, 0, raw.length, DER.SEQUENCE);
    const fields = readChildren(raw, readElement(raw, whole.start, whole.end, DER.SEQUENCE));
    const serial = fields.find(({ tag }) => tag === DER.INTEGER);
    const issuer = certificateExtensions(raw).get('2.5.29.35');
    const key = issuer === undefined ? undefined : readChildren(raw, issuer.value).find(({ tag }) => tag === 0x80);
    if (serial === undefined || key === undefined) return null;
    const encode = ({ start, end }: { readonly start: number; readonly end: number }): string =>
      raw.subarray(start, end).toString('base64url');
    return `${encode(key)}.${encode(serial)}`;
  } catch {
    return null;
  }
}
