import { add, type Long, remainder, subtract, toLong } from './long.ts';

const DAY_MS = 86_400_000;

/** A moment, in milliseconds since 1970 in UTC. */
export class DateTime {
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }

  toKey(): string {
    return `m${this.ms}`;
  }
}

/** A length of time in milliseconds, which may be negative. */
export class Duration {
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }

  toKey(): string {
    return `l${this.ms}`;
  }
}

const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?$/;
const DURATION = /^(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/;

/** Reads `2026-01-31`, `2026-01-31T09:00:00Z`, with `.123` and `+0100` where wanted; null for anything else. */
export function parseDateTime(text: string): DateTime | null {
  const match = text.length > 40 ? null : DATE_TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second, milli] = match.slice(1, 8).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return null;
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (match[8] === '-' ? -1 : 1);
  return new DateTime(epochMs(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + milli - offsetMs);
}

/** Reads `1d2h30m15s500ms`, in that order and with a minus in front where wanted; null for anything else and beyond 64 bits. */
export function parseDuration(text: string): Duration | null {
  const match = text === '' || text === '-' || text.length > 128 ? null : DURATION.exec(text);
  if (match === null) return null;
  const [days, hours, minutes, seconds, millis] = match.slice(2, 7).map((digits) => BigInt(digits ?? 0)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const total = (((days * 24n + hours) * 60n + minutes) * 60n + seconds) * 1000n + millis;
  const ms = toLong(match[1] === '-' ? -total : total);
  return ms === null ? null : new Duration(ms);
}

/** The moment that much later; null beyond 64 bits. */
export function offset(moment: DateTime, by: Duration): DateTime | null {
  const ms = add(moment.ms, by.ms);
  return ms === null ? null : new DateTime(ms);
}

/** The time from `since` to `moment`; null beyond 64 bits. */
export function durationSince(moment: DateTime, since: DateTime): Duration | null {
  const ms = subtract(moment.ms, since.ms);
  return ms === null ? null : new Duration(ms);
}

/** The beginning of the day in UTC; null beyond 64 bits. */
export function toDate(moment: DateTime): DateTime | null {
  const ms = subtract(moment.ms, remainder(moment.ms, DAY_MS));
  return ms === null ? null : new DateTime(ms);
}

/** The time since the beginning of the day in UTC. */
export function toTime(moment: DateTime): Duration {
  return new Duration(remainder(moment.ms, DAY_MS));
}

function daysIn(year: number, month: number): number {
  return new Date(epochMs(year, month + 1, 0)).getUTCDate();
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
function epochMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
