/** What one code of the catalogue means: for the client (`status`, `title`), for the reference page (`cause`, `remedy`). */
export interface CodeEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The problem's `title` (RFC 9457, section 3.1.3): the same for every occurrence, and safe to show to anyone. */
  readonly title: string;
  /** For operators: what happened. */
  readonly cause: string;
  /** For operators and honest clients: what to do about it. */
  readonly remedy: string;
  /** The code the client is told instead, where the true one would help an attacker more than an honest client. */
  readonly shownAs?: string;
}

/** Keeps the literal types of the codes while checking each entry. */
export function defineCodes<const T extends Readonly<Record<string, CodeEntry>>>(codes: T): T {
  return Object.freeze(codes);
}
