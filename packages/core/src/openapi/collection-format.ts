import type { DocumentReading } from './document-reading.ts';
import { isObjectAt, type Located, child } from './located.ts';
import type { ParameterStyle } from './model.ts';

/** How the items of an array are written, in the words of 3.x. */
export interface CollectionStyle {
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

const DELIMITED: Readonly<Record<string, ParameterStyle>> = {
  ssv: 'spaceDelimited',
  tsv: 'tabDelimited',
  pipes: 'pipeDelimited',
};

/** Swagger 2.0 `collectionFormat`. `multi` repeats the name, which only the query and a form can do; elsewhere it is an error. */
export function collectionStyle(reading: DocumentReading, at: Located, location: string): CollectionStyle {
  const repeats = location === 'query' || location === 'formData';
  const separated: ParameterStyle = repeats ? 'form' : 'simple';
  const format = reading.string(at, 'collectionFormat') ?? 'csv';
  const items = child(at, 'items');
  if (items !== null && isObjectAt(items) && items.node['type'] === 'array') {
    reading.warn(
      'DOCUMENT_MEMBER_UNSUPPORTED',
      items,
      'an array of arrays has two separators, of which only the outer one is read',
    );
  }
  if (format === 'csv') return { style: separated, explode: false };
  if (format === 'multi' && repeats) return { style: 'form', explode: true };
  const style = Object.hasOwn(DELIMITED, format) ? DELIMITED[format] : undefined;
  if (style !== undefined) return { style, explode: false };
  reading.error(
    'DOCUMENT_PARAMETER_INVALID',
    at,
    `the collectionFormat ${format.slice(0, 20)} is not possible in ${location}`,
    'Possible are csv, ssv, tsv and pipes; multi in query and formData.',
  );
  return { style: separated, explode: false };
}
