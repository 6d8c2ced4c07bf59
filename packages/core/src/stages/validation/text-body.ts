import type { MediaType } from '../../openapi/model.ts';
import { failedAt, failedBy, malformed, passed, type BodyResult } from './body-result.ts';
import { schemaOrAnything, type BodyContext, type FormatCheck } from './format-check.ts';
import { isAmbiguous, scalarReader } from './scalar-text.ts';
import { compileTypeGuide, SCALAR, STRING } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Checks `text/*`: UTF-8, and the text as the scalar that its schema allows. Null where the schema allows no scalar: no text can be it. */
export function compileText(media: MediaType, context: BodyContext): FormatCheck | null {
  const source = schemaOrAnything(media);
  const guide = compileTypeGuide(context.schemas.normalized(source, context.direction));
  if ((guide.types & SCALAR) === 0) return null;
  const check = context.schemas.value(source, context.direction);
  const read = scalarReader(guide);
  const schema = `${source.file}#${source.pointer}`;
  const judge = (value: unknown): (BodyResult & { readonly ok: false }) | null => {
    if (value instanceof Undecodable) return failedAt(value, schema);
    const issues = check(value);
    return issues === null ? null : failedBy(issues);
  };
  const whole = (bytes: Uint8Array): BodyResult => {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      return malformed('utf8', 'must be UTF-8');
    }
    const specific = judge(read(text, false));
    if (specific === null || (isAmbiguous(guide.types) && judge(read(text, true)) === null)) return passed(bytes);
    return specific;
  };
  return { whole, items: null, unchecked: null };
}

/**
 * Checks a body that is only bytes: `minLength` and `maxLength` count them. Null where the schema allows no string. Without a limit there
 * is nothing to check, and the body can be passed on as it comes.
 */
export function compileBinary(media: MediaType, context: BodyContext): FormatCheck | null {
  const unchecked = `${media.range}: bytes are not looked into`;
  if (media.schema === null) return { whole: null, items: null, unchecked };
  const guide = compileTypeGuide(context.schemas.normalized(media.schema, context.direction));
  if ((guide.types & STRING) === 0) return null;
  const limits = (keyword: string) =>
    guide.keyword(keyword).filter((limit): limit is number => typeof limit === 'number');
  const least = Math.max(0, ...limits('minLength'));
  const most = Math.min(Infinity, ...limits('maxLength'));
  if (least === 0 && most === Infinity) return { whole: null, items: null, unchecked };
  const schema = `${media.schema.file}#${media.schema.pointer}`;
  const whole = (bytes: Uint8Array): BodyResult => {
    if (bytes.length < least)
      return failedAt(new Undecodable('minLength', `must have at least ${least} bytes`), schema);
    if (bytes.length > most) return failedAt(new Undecodable('maxLength', `must have at most ${most} bytes`), schema);
    return passed(bytes);
  };
  return { whole, items: null, unchecked: `${media.range}: only the number of bytes is checked` };
}
