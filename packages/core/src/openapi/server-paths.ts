import { isObject } from '../json/json-value.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import type { DocumentReading } from './document-reading.ts';
import { isArrayAt, child, items, type Located, ownMember } from './located.ts';

/**
 * Base paths of a `servers` list (OpenAPI 3.1, 4.8.5), host and scheme left aside. Null where the list is absent or empty: the one around it
 * counts. A server whose path cannot be known is left out with a warning; where none is left, that is an error.
 */
export function serverBasePaths(reading: DocumentReading, parent: Located): readonly string[] | null {
  const list = child(parent, 'servers');
  if (list === null) return null;
  if (!isArrayAt(list)) {
    reading.error('DOCUMENT_INVALID', list, '`servers` must be an array');
    return null;
  }
  if (list.node.length === 0) return null;
  const paths = new Set<string>();
  for (const server of items(list)) for (const path of pathsOfServer(reading, server)) paths.add(path);
  if (paths.size === 0)
    reading.error(
      'DOCUMENT_SERVER_INVALID',
      list,
      'no server of this list has a path that can be known',
      'Write a server such as `/api` or `https://example.com/api`.',
    );
  return [...paths];
}

function pathsOfServer(reading: DocumentReading, server: Located): readonly string[] {
  const object = reading.asObject(server, 'a server');
  if (object === null) return [];
  const url = reading.string(object, 'url');
  if (url === null) {
    reading.warn('DOCUMENT_SERVER_INVALID', object, 'this server has no `url` and is left out');
    return [];
  }
  const at = child(object, 'url') ?? object;
  const values = new Map<string, readonly string[]>();
  let variants = 1;
  for (const name of new Set([...url.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? ''))) {
    const known = variableValues(object, name);
    if (known === null) {
      if (isInAuthority(url, name)) continue;
      reading.warn(
        'DOCUMENT_SERVER_INVALID',
        at,
        `the server variable {${name}} has no value, so the server's path is unknown; the server is left out`,
        `Give {${name}} a default under \`variables\`.`,
      );
      return [];
    }
    values.set(name, known);
    variants *= known.length;
    if (variants > DOCUMENT_BOUNDS.maxServerVariants) {
      reading.error(
        'DOCUMENT_TOO_LARGE',
        at,
        `the variables of this server expand to more than ${DOCUMENT_BOUNDS.maxServerVariants} addresses`,
      );
      return [];
    }
  }
  const paths = new Set<string>();
  for (const variant of expand(url, values)) paths.add(pathOf(reading, at, variant));
  return [...paths];
}

/** Every `enum` value, else the default. */
function variableValues(server: Located, name: string): readonly string[] | null {
  const variables = ownMember(server.node, 'variables');
  const variable = variables === undefined ? undefined : ownMember(variables, name);
  if (variable === undefined || !isObject(variable)) return null;
  const listed = ownMember(variable, 'enum');
  const values = Array.isArray(listed) ? listed.filter(isScalar).map(String) : [];
  const standard = ownMember(variable, 'default');
  if (values.length === 0) return isScalar(standard) ? [String(standard)] : null;
  return isScalar(standard) ? [...new Set([...values, String(standard)])] : values;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** True where an expression stands between `//` and the path only: whatever it holds, the path stays the same. */
function isInAuthority(url: string, name: string): boolean {
  const match = /^(?:[^/?#]*:)?\/\/[^/?#]*/.exec(url);
  return match !== null && !url.slice(match[0].length).includes(`{${name}}`);
}

function expand(url: string, values: ReadonlyMap<string, readonly string[]>): readonly string[] {
  let urls = [url];
  for (const [name, options] of values)
    urls = urls.flatMap((each) => options.map((option) => each.replaceAll(`{${name}}`, () => option)));
  return urls;
}

function pathOf(reading: DocumentReading, at: Located, url: string): string {
  const text = url.trim();
  const authority = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i.exec(text);
  const rest = authority === null ? text : text.slice(authority[0].length);
  if (/[?#]/.test(rest))
    reading.warn('DOCUMENT_SERVER_INVALID', at, 'a server has neither query nor fragment; both are left out');
  const whole = rest.replace(/[?#].*$/s, '');
  const path = whole.replace(/\/{2,}/g, '/');
  // As `https://example.com/{basePath}` with `/api` for the variable comes to. A request with an empty segment is refused.
  if (path !== whole.replace(/\/+$/, '/'))
    reading.warn(
      'DOCUMENT_SERVER_INVALID',
      at,
      "this server's path holds an empty segment, `//`, which is read as one slash",
      'Write it with one slash.',
    );
  if (authority === null && path !== '' && !/^[/.]/.test(path)) {
    reading.warn(
      'DOCUMENT_SERVER_RELATIVE',
      at,
      'this server URL is relative: it is read as a path, not as a host',
      'Start it with `/`, or with `https://` where it names a host.',
    );
  }
  return normalizeBasePath(path);
}

/** A base path as it is compared: dot segments resolved, `''` or starting with `/` and not ending with one. */
export function normalizeBasePath(path: string): string {
  const normalized = URL.parse(path.startsWith('/') ? `http://host${path}` : `http://host/${path}`)?.pathname ?? '/';
  return normalized.replace(/\/+$/, '');
}
