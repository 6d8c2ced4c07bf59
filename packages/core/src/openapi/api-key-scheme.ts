import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import type { Located } from './located.ts';
import type { SecurityScheme } from './model.ts';

/** An `apiKey` scheme, the same in 2.0 and 3.x but for cookies. */
export function readApiKey(reading: DocumentReading, name: string, at: Located<JsonObject>): SecurityScheme | null {
  const location = reading.string(at, 'in');
  const parameter = reading.string(at, 'name');
  if (parameter === null || parameter === '') return unusable(reading, at, name, 'has no `name`');
  if (location !== 'header' && location !== 'query' && location !== 'cookie')
    return unusable(reading, at, name, 'does not say in `in` whether the key is in a header, the query or a cookie');
  return { file: at.file, pointer: at.pointer, name, type: 'apiKey', in: location, parameter };
}

/** Names a security scheme that cannot be checked; whatever requires it is an error then. */
export function unusable(reading: DocumentReading, at: Located, name: string, why: string, hint?: string): null {
  reading.unusableSchemes.add(name);
  reading.warn('DOCUMENT_SECURITY_INVALID', at, `the security scheme ${name} ${why}, so it cannot be checked`, hint);
  return null;
}
