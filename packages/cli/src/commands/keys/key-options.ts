import { InvalidArgumentError } from 'commander';
import { parseDate, parseDuration, parseKeyLimit, parseKeyLimits, parseRange, renderKeyLimit } from '@sallyport/core';

export function readScope(text: string): string {
  if (/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'A scope is 1 to 256 visible characters without quote and backslash (RFC 6749, section 3.3).',
  );
}

/** A name, for logs and headers: one line, no control characters. */
export function readName(text: string): string {
  if (text.length <= 256 && text.trim() !== '' && !/\p{Cc}/u.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 256 characters on one line.');
}

export function readId(text: string): string {
  if (/^[\x21-\x7e]{1,256}$/.test(text)) return text;
  throw new InvalidArgumentError('An id is 1 to 256 visible ASCII characters.');
}

export function readAddress(text: string): string {
  const parsed = parseRange(text);
  if (parsed.ok) return parsed.range;
  const why = {
    syntax: 'Write an IP address or a range, such as 192.0.2.7 or 10.0.0.0/24.',
    'host-bits': 'The range has bits set after its prefix; write the network, such as 10.1.2.0/24.',
    'too-wide': 'The range covers nearly everybody; leave the option out where a key may be used from anywhere.',
  };
  throw new InvalidArgumentError(why[parsed.problem]);
}

export function readAttribute(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new InvalidArgumentError('Write NAME=VALUE.');
}

export function readLimit(text: string): string {
  const parsed = parseKeyLimit(text);
  if (parsed.ok) return renderKeyLimit(parsed.value);
  throw new InvalidArgumentError(`${capital(parsed.message)}. ${parsed.hint}`);
}

/** The limits of one key in their order. Throws where they do not go together. */
export function limitsOf(texts: readonly string[]): readonly string[] {
  const parsed = parseKeyLimits(texts);
  if (!parsed.ok) throw new Error(`${parsed.message}: ${parsed.hint}`);
  return parsed.value.map(renderKeyLimit);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function readDuration(text: string): number {
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(parsed.hint);
}

/** `90d` from now, a date with time and zone, or `never`: no null, which the option parser would take for nothing said. */
export function readExpiry(text: string): number | 'never' {
  if (text === 'never') return 'never';
  const duration = parseDuration(text);
  const parsed = duration.ok ? { ok: true as const, value: Date.now() + duration.value } : parseDate(text);
  if (!parsed.ok)
    throw new InvalidArgumentError('Write how long, such as 90d; a date, such as 2027-01-01T00:00:00Z; or never.');
  if (parsed.value <= Date.now() || parsed.value > MAX_DATE_MS)
    throw new InvalidArgumentError('The time has passed already, or never comes.');
  return parsed.value;
}

/** The year 9999: what every reader of dates understands. */
const MAX_DATE_MS = 253_402_300_799_000;

/** Text for the audit trail without what could break a line or a column. */
export function canonicalText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 128);
}
