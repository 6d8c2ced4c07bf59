import type { JsonObject } from '../json/json-value.ts';
import { readApiKey, unusable } from './api-key-scheme.ts';
import type { DocumentReading } from './document-reading.ts';
import { type Located, members } from './located.ts';
import type { SecurityScheme } from './model.ts';

/** `components.securitySchemes`. One that cannot be understood is left out with a warning; a requirement that names it is an error then. */
export function readSecuritySchemes(
  reading: DocumentReading,
  root: Located<JsonObject>,
): ReadonlyMap<string, SecurityScheme> {
  const components = reading.object(root, 'components');
  const schemes = components === null ? null : reading.object(components, 'securitySchemes');
  const found = new Map<string, SecurityScheme>();
  for (const { key, at } of schemes === null ? [] : members(schemes)) {
    const object = reading.follow(at, 'a security scheme');
    const scheme = object === null ? null : readScheme(reading, key, object);
    if (scheme !== null) found.set(key, scheme);
  }
  return found;
}

function readScheme(reading: DocumentReading, name: string, at: Located<JsonObject>): SecurityScheme | null {
  const base = { file: at.file, pointer: at.pointer, name };
  const type = reading.string(at, 'type');
  switch (type) {
    case 'apiKey':
      return readApiKey(reading, name, at);
    case 'http': {
      const scheme = reading.string(at, 'scheme');
      if (scheme === null) return unusable(reading, at, name, 'has no `scheme`');
      // Scheme names are case-insensitive (RFC 9110, section 11.1).
      return { ...base, type, scheme: scheme.toLowerCase(), bearerFormat: reading.string(at, 'bearerFormat') };
    }
    case 'oauth2':
    case 'mutualTLS':
      return { ...base, type };
    case 'openIdConnect': {
      const discoveryUrl = reading.string(at, 'openIdConnectUrl');
      return discoveryUrl === null
        ? unusable(reading, at, name, 'has no `openIdConnectUrl`')
        : { ...base, type, discoveryUrl };
    }
    default:
      return unusable(
        reading,
        at,
        name,
        'has no `type` that is understood',
        'Types are apiKey, http, mutualTLS, oauth2 and openIdConnect, in these letters.',
      );
  }
}
