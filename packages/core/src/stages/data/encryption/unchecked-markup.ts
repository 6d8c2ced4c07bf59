import type { Exchange } from '../../../exchange.ts';
import type { MediaType } from '../../../openapi/model.ts';
import { isInRange, parseMediaRange } from '../../validation/media-range.ts';
import { type ParsedMediaType, parseMediaType } from '../../validation/media-type.ts';
import { isMarkup } from './undeclared-body.ts';

/** Of which a range may stand for one. */
const MARKUP = ['application/xml', 'text/xml', 'image/svg+xml', 'application/yaml', 'text/yaml', 'application/x+yaml']
  .map(parseMediaType)
  .filter((type) => type !== null);
const NO_PARAMETERS: ParsedMediaType['parameters'] = new Map();

/** Whether XML or YAML is declared: nobody holds its members against a schema, so one that leaves no room for a field or an index keeps none out. */
export function declaresMarkup(content: readonly MediaType[]): boolean {
  return content.some((media) => {
    const range = parseMediaRange(media.range)?.range;
    if (range === undefined) return false;
    const any = { ...range, parameters: NO_PARAMETERS };
    return range.essence.includes('*') ? MARKUP.some((type) => isInRange(type, any)) : isMarkup(range);
  });
}

/** Whether a request comes with a body of XML or YAML, by its type. */
export function sendsMarkup({ headers }: Exchange): boolean {
  const type = parseMediaType(headers.contentType ?? '');
  return type !== null && isMarkup(type);
}
