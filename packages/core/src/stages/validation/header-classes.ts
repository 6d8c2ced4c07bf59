import { interned } from '../../interned.ts';
import { BANNER_HEADERS } from './banner-headers.ts';
import { PASSING_HEADERS } from './response-headers.ts';

/** What a header of an answer is, by its name alone. */
export interface HeaderClass {
  readonly lower: string;
  readonly declared: boolean;
  /** Tells strangers what software answers. */
  readonly banner: boolean;
  /** Passes though it is not declared. */
  readonly passing: boolean;
  /** What the body is decided by. */
  readonly read: 'content-type' | 'content-encoding' | 'content-length' | null;
}

/** An upstream chooses names, so the cache takes this many and no more. */
const MAX_CACHED = 256;
const MAX_CACHED_LENGTH = 64;

/** The classes of header names for one status of an operation; each spelling is looked at once. */
export class HeaderClasses {
  readonly #declared: ReadonlySet<string>;
  readonly #known = new Map<string, HeaderClass>();

  /** `declared` are names in lower case. */
  constructor(declared: ReadonlySet<string>) {
    this.#declared = declared;
  }

  of(name: string): HeaderClass {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    const found: HeaderClass = {
      lower,
      declared: this.#declared.has(lower),
      banner: BANNER_HEADERS.has(lower),
      passing: PASSING_HEADERS.has(lower),
      read: lower === 'content-type' || lower === 'content-encoding' || lower === 'content-length' ? lower : null,
    };
    if (this.#known.size < MAX_CACHED && name.length <= MAX_CACHED_LENGTH) this.#known.set(interned(name), found);
    return found;
  }
}

/** For a status that is not declared. */
export const NOTHING_DECLARED = new HeaderClasses(new Set());
