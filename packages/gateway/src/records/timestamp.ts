import { paddedDigits } from './digits.ts';

let second = -1;
let prefix = '';

/** ISO 8601 in UTC with milliseconds; the part up to the second is made once a second. */
export function timestamp(epochMs: number): string {
  const whole = Math.floor(epochMs / 1000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${prefix}${paddedDigits(Math.floor(epochMs) - whole * 1000)}Z`;
}
