import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import type { Located } from './located.ts';
import type { AuthoredParameter, VersionReader } from './operation-slot.ts';
import { isSameJson } from '../json/same-json.ts';

/** Parameters by what tells them apart. */
export type ParameterList = ReadonlyMap<string, AuthoredParameter>;

/** The `parameters` of a path item or an operation, references followed. Of two that are the same in every word one is kept; two that differ are an error. */
export function authoredParameters(
  reading: DocumentReading,
  version: VersionReader,
  parent: Located<JsonObject>,
): ParameterList {
  const found = new Map<string, AuthoredParameter>();
  for (const item of reading.array(parent, 'parameters')) {
    const at = reading.follow(item, 'a parameter');
    const parameter = at === null ? null : named(reading, version, at);
    if (parameter === null) continue;
    const key = parameterKey(parameter);
    const before = found.get(key);
    const title = `the ${parameter.in} parameter ${parameter.name}`;
    if (before === undefined) found.set(key, parameter);
    else if (isSameJson(before.at.node, parameter.at.node))
      reading.warn('DOCUMENT_PARAMETER_DUPLICATE', item, `${title} is declared twice in the same words`);
    else
      reading.error(
        'DOCUMENT_PARAMETER_DUPLICATE',
        item,
        `${title} is declared twice, and differently`,
        'Keep one of the two.',
      );
  }
  return found;
}

/** Those of the path item that the operation does not declare again, then the operation's own. */
export function inheritParameters(inherited: ParameterList, own: ParameterList): readonly AuthoredParameter[] {
  return [...[...inherited].filter(([key]) => !own.has(key)).map(([, parameter]) => parameter), ...own.values()];
}

/** Location and name; the names of header fields are the same in any case (RFC 9110, section 5.1). */
function parameterKey({ in: location, name }: AuthoredParameter): string {
  return `${location} ${location === 'header' ? name.toLowerCase() : name}`;
}

function named(reading: DocumentReading, version: VersionReader, at: Located<JsonObject>): AuthoredParameter | null {
  const name = reading.string(at, 'name');
  const location = reading.string(at, 'in');
  if (name === null || location === null) {
    reading.error('DOCUMENT_PARAMETER_INVALID', at, 'a parameter must have a `name` and say where it is (`in`)');
    return null;
  }
  if (!version.parameterLocations.has(location)) {
    const possible = `Possible are ${[...version.parameterLocations].join(', ')}.`;
    reading.error(
      'DOCUMENT_PARAMETER_INVALID',
      at,
      `a parameter cannot be in \`${location.slice(0, 40)}\` in this version`,
      possible,
    );
    return null;
  }
  return { at, name, in: location };
}
