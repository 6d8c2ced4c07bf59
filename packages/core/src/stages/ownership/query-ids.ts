import { bodyFormat } from '../validation/body-format.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import { isMemberName, looseOf, type LoosePlace, type Relation } from './loose-place.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { upstreamQuery } from '../validation/upstream-query.ts';
import type { BoundPlace } from '../../policy/ownership-coverage.ts';
import type { Exchange } from '../../exchange.ts';

/** Every value of a parameter, still encoded: an upstream may take the first, the last or all. Unclear where another name could be it to some reader. */
export function queryValues(
  place: Extract<BoundPlace, { in: 'query' | 'header' }>,
  exchange: Exchange,
): string[] | 'unclear' {
  const loose = looseOf(place);
  const values: string[] = [];
  for (const pair of (upstreamQuery(exchange) ?? '').split('&')) {
    const relation = relatePair(pair, loose, exchange, place.name);
    if (relation === 'unclear') return 'unclear';
    if (relation === 'same') values.push(pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '');
  }
  return values;
}

/** How a pair stands to a place. What the operation declares in the query by its name is meant, and the place's `own` name is the place. */
function relatePair(pair: string, place: LoosePlace, exchange: Exchange, own: string | null): Relation {
  // Rack 2, and Python before 3.9.2, divide at `;` too: to them `a=1;id=7` has an id, and `id=1;a=2` another than here.
  const written = pair.includes(';') ? pair.split(';') : [pair];
  for (const [at, one] of written.entries()) {
    const equals = one.indexOf('=');
    const name = decodePercent(equals < 0 ? one : one.slice(0, equals), true);
    if (name === null) return 'unclear';
    const relation = place.relate(name);
    // Behind a `;` there is nothing but text to whoever declared it.
    if (relation === 'other' || (at === 0 && isDeclared(name, exchange, own))) continue;
    return written.length > 1 ? 'unclear' : relation;
  }
  return 'other';
}

function isDeclared(name: string, { operation }: Exchange, own: string | null): boolean {
  const declared = operation?.operation.parameters ?? [];
  return declared.some(
    (one) =>
      one.in === 'query' &&
      one.name !== own &&
      (one.name === name || (one.style === 'deepObject' && isMemberName(name, one.name))),
  );
}

/**
 * Where the query has the id of a path or a form once more, under its name or one like it; null where it has not. Laravel takes what stands there before the
 * path's own, and `getParameter` of Java before the form's. What the operation declares there by its name is meant, and a place of the id is asked about.
 */
export function againInQuery(places: readonly BoundPlace[], exchange: Exchange): BoundPlace | null {
  for (const place of places) {
    const again =
      place.in === 'path' || (place.in === 'body' && isForm(exchange)) ? insteadInQuery(place, exchange) : null;
    if (again !== null) return again;
  }
  return null;
}

/** The same of one place: Rails and Laravel take from the query what a JSON body has not got. */
export function insteadInQuery(
  place: Extract<BoundPlace, { in: 'path' | 'body' }>,
  exchange: Exchange,
): BoundPlace | null {
  const query = upstreamQuery(exchange);
  if (query === null) return null;
  const loose = looseOf(place);
  const found = query.split('&').some((pair) => relatePair(pair, loose, exchange, null) !== 'other');
  return found ? { in: 'query', name: loose.name, divider: null } : null;
}

function isForm({ headers }: Exchange): boolean {
  const type = parseMediaType(headers.contentType ?? '');
  const format = type === null ? null : bodyFormat(type);
  return format === 'form' || format === 'multipart';
}
