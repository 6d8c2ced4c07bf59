/** RFC 3339, section 5.6 and appendix C; ISO 8601 durations as RFC 3339, appendix A writes them. All linear: fixed shapes and one scan of digits. */

const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `full-date`: a day that exists. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return false;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (month === 2 && leap ? 29 : (DAYS[month] ?? 0));
}

/** `full-time`: with its offset; a leap second only where it is 23:59:60 in UTC. */
export function isTime(text: string): boolean {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (match === null) return false;
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  const second = Number(match[3]);
  const offsetHour = Number(match[5] ?? 0);
  const offsetMinute = Number(match[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const sign = match[4] === '-' ? -1 : 1;
  const utcMinutes = hour * 60 + minute - sign * (offsetHour * 60 + offsetMinute);
  return ((utcMinutes % 1440) + 1440) % 1440 === 1439;
}

/** `date-time`: `T` between date and time, in either case. */
export function isDateTime(text: string): boolean {
  return (text[10] === 'T' || text[10] === 't') && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

/** `duration`: `P3Y6M4DT12H30M5S`, `P2W`; units in order, none left out in the middle, never empty. */
export function isDuration(text: string): boolean {
  const match =
    /^P(?:(\d+)W|(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/.exec(text);
  if (match === null) return false;
  const [, , year, month, day, hour, minute, second] = match;
  // Appendix A: `dur-year` may be followed by `dur-month` only, `dur-hour` by `dur-minute` only.
  if (year !== undefined && day !== undefined && month === undefined) return false;
  return !(hour !== undefined && second !== undefined && minute === undefined);
}
