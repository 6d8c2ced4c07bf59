import { interned } from '../../interned.ts';
import type { MediaType } from '../../openapi/model.ts';
import { BODY_FORMATS, bodyFormat, isReadableCharset, type BodyFormat } from './body-format.ts';
import { parseMediaType, type ParsedMediaType } from './media-type.ts';
import type { BodyContext, FormatCheck } from './format-check.ts';
import { compileFormat } from './compile-format.ts';
import { isInRange, parseMediaRange, type MediaRange } from './media-range.ts';

/** The check chosen for one Content-Type. */
export interface SelectedBody {
  readonly type: ParsedMediaType;
  readonly format: BodyFormat;
  readonly check: FormatCheck;
}

/** Why no check was chosen: no Content-Type, a broken one, one that is not declared, or a charset that cannot be read. */
export type Unselected = 'missing' | 'malformed' | 'undeclared' | 'charset';

interface DeclaredMedia extends MediaRange {
  /** Null where a format cannot hold what the schema allows. */
  readonly checks: ReadonlyMap<BodyFormat, FormatCheck | null>;
}

/** The checks of a `content` map, request or response. */
export class BodyCheck {
  /** Most particular first. */
  readonly #declared: readonly DeclaredMedia[];
  /** The usual spellings of what is declared, so that the usual Content-Type costs one look. */
  readonly #usual = new Map<string, SelectedBody>();

  constructor(content: readonly MediaType[], context: BodyContext) {
    const declared: DeclaredMedia[] = [];
    for (const media of content) {
      const range = parseMediaRange(media.range);
      // The document's reader has warned of it: no message can have this type.
      if (range === null) continue;
      const formats = range.range.essence.includes('*') ? BODY_FORMATS : [bodyFormat(range.range)];
      declared.push({
        ...range,
        checks: new Map(formats.map((format) => [format, compileFormat(media, format, formats.length > 1, context)])),
      });
    }
    this.#declared = declared.sort((one, other) => other.rank - one.rank);
    for (const { range } of this.#declared) {
      if (range.essence.includes('*')) continue;
      for (const end of ['', '; charset=utf-8', ';charset=utf-8', '; charset=UTF-8', ';charset=UTF-8']) {
        const text = interned(range.essence + end);
        const selected = this.#choose(text);
        if (typeof selected === 'object') this.#usual.set(text, selected);
      }
    }
  }

  /** Chooses by Content-Type: exact types before `application/*+json`, before `type/*`, before the full wildcard. */
  select(contentType: string | null): SelectedBody | Unselected {
    if (contentType === null || contentType === '') return 'missing';
    return this.#usual.get(contentType) ?? this.#choose(contentType);
  }

  /** Every check that there is. */
  get checks(): readonly FormatCheck[] {
    return this.#declared.flatMap(({ checks }) => [...checks.values()].filter((check) => check !== null));
  }

  #choose(contentType: string): SelectedBody | Unselected {
    const type = parseMediaType(contentType);
    if (type === null || type.essence.includes('*')) return 'malformed';
    const declared = this.#declared.find(({ range }) => isInRange(type, range));
    if (declared === undefined) return 'undeclared';
    const format = bodyFormat(type);
    const check = declared.checks.get(format) ?? null;
    if (check === null) return 'undeclared';
    return isReadableCharset(type, format) ? { type, format, check } : 'charset';
  }
}
