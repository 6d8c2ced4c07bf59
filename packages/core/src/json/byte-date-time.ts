import type { ByteVerdict } from './byte-test.ts';

/** RFC 3339, section 5.6, on bytes: the same days, leap seconds and offsets as the tests on texts. */

const DAYS = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

/** The two digits at `at`, or -1. */
function two(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 0x30;
  const ones = (bytes[at + 1] as number) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** `full-date`: a day that exists. */
export function dateOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  return end - start === 10 && hasDate(bytes, start) ? 1 : 0;
}

/** `full-time`: with its offset; a leap second only where it is 23:59:60 in UTC. */
export function timeOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  return hasTime(bytes, start, end) ? 1 : 0;
}

/** `date-time`: `T` between date and time, in either case. */
export function dateTimeOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  if (end - start < 20 || ((bytes[start + 10] as number) | 0x20) !== 0x74) return 0;
  return hasDate(bytes, start) && hasTime(bytes, start + 11, end) ? 1 : 0;
}

/** Whether the ten bytes at `at` are a day that exists. */
function hasDate(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return false;
  const century = two(bytes, at);
  const yearOfCentury = two(bytes, at + 2);
  const month = two(bytes, at + 5);
  const day = two(bytes, at + 8);
  if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return false;
  if (month !== 2 || day < 29) return day <= (DAYS[month] as number);
  return day === 29 && (yearOfCentury === 0 ? century % 4 === 0 : yearOfCentury % 4 === 0);
}

function hasTime(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 9 || bytes[start + 2] !== 0x3a || bytes[start + 5] !== 0x3a) return false;
  const hour = two(bytes, start);
  const minute = two(bytes, start + 3);
  const second = two(bytes, start + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  let at = start + 8;
  if (bytes[at] === 0x2e) {
    const fraction = ++at;
    while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
    if (at === fraction || at === end) return false;
  }
  const zone = bytes[at] as number;
  if ((zone | 0x20) === 0x7a) return at + 1 === end && (second < 60 || (hour === 23 && minute === 59));
  if ((zone !== 0x2b && zone !== 0x2d) || end - at !== 6 || bytes[at + 3] !== 0x3a) return false;
  const offsetHour = two(bytes, at + 1);
  const offsetMinute = two(bytes, at + 4);
  if (offsetHour < 0 || offsetHour > 23 || offsetMinute < 0 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = offsetHour * 60 + offsetMinute;
  const utcMinutes = hour * 60 + minute + (zone === 0x2d ? offset : -offset);
  return (utcMinutes + 1440) % 1440 === 1439;
}
