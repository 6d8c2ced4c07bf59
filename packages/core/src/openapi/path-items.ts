import type { JsonObject } from '../json/json-value.ts';
import { authoredParameters, inheritParameters } from './authored-parameters.ts';
import type { DocumentReading } from './document-reading.ts';
import { child, type Located, members, ownMember } from './located.ts';
import type { OperationSlot, VersionReader } from './operation-slot.ts';
import { parsePathTemplate, type PathTemplate } from './path-template.ts';

const OTHER_MEMBERS = new Set(['$ref', 'summary', 'description', 'servers', 'parameters', 'additionalOperations']);
/** A method is a token (RFC 9110, section 9.1). */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;

/** Every operation of `paths` that can be told from the others by method and path, not yet read. */
export function readPathItems(
  reading: DocumentReading,
  version: VersionReader,
  root: Located<JsonObject>,
): readonly OperationSlot[] {
  const paths = reading.object(root, 'paths');
  if (paths === null) {
    if (child(root, 'paths') === null)
      reading.warn('DOCUMENT_PATHS_EMPTY', root, 'the document declares no `paths`, so no request is let in');
    return [];
  }
  const slots = members(paths).flatMap(({ key, at }) =>
    key.startsWith('x-') ? [] : readPath(reading, version, key, at),
  );
  if (slots.length === 0)
    reading.warn(
      'DOCUMENT_PATHS_EMPTY',
      paths,
      '`paths` holds no operation, so no request is let in',
      'Declare what clients may call.',
    );
  return slots;
}

function readPath(
  reading: DocumentReading,
  version: VersionReader,
  path: string,
  at: Located,
): readonly OperationSlot[] {
  if (!path.startsWith('/')) {
    reading.error('DOCUMENT_PATH_INVALID', at, 'a path must start with `/`');
    return [];
  }
  const template = parsePathTemplate(path);
  if (template === null) {
    reading.error('DOCUMENT_PATH_INVALID', at, 'the braces of this path do not pair, or an expression has no name');
    return [];
  }
  if (/[?#]/.test(path)) {
    reading.warn(
      'DOCUMENT_PATH_UNREACHABLE',
      at,
      'this path holds a `?` or `#`, so no request path can match it: its operations are never let in',
      path.includes('#')
        ? 'What stands behind a `#` is never sent: declare one operation for all that are told apart by it, at the path before it.'
        : 'Declare the query as parameters of the path before it.',
    );
  }
  // Servers differ on whether an empty segment counts, so a path with one is refused.
  if (path.includes('//')) {
    reading.warn(
      'DOCUMENT_PATH_UNREACHABLE',
      at,
      'this path holds an empty segment, `//`, and requests with one are refused: its operations are never let in',
      'Write it with one slash.',
    );
  }
  const item = pathItem(reading, at);
  return item === null ? [] : methodsOf(reading, version, item, path, template);
}

/** A path item with its `$ref` followed. What stands beside the reference is added; where both say something of one member, neither is believed. */
function pathItem(reading: DocumentReading, at: Located): Located<JsonObject> | null {
  const own = reading.asObject(at, 'a path item');
  if (own === null || ownMember(own.node, '$ref') === undefined) return own;
  const target = reading.follow(own, 'a path item');
  const beside = members(own).filter(({ key }) => key !== '$ref');
  if (target === null || beside.length === 0) return target;
  for (const { key, at: member } of beside) {
    if (key === 'summary' || key === 'description') continue;
    reading.error(
      'DOCUMENT_REFERENCE_AMBIGUOUS',
      member,
      `\`${key}\` stands beside the path item's \`$ref\`; what that means is undefined`,
      'Move it into the path item that is referred to.',
    );
  }
  return target;
}

function methodsOf(
  reading: DocumentReading,
  version: VersionReader,
  item: Located<JsonObject>,
  path: string,
  template: PathTemplate,
): readonly OperationSlot[] {
  const inherited = authoredParameters(reading, version, item);
  const slot = (method: string, at: Located): readonly OperationSlot[] => {
    const operation = reading.asObject(at, 'an operation');
    if (operation === null) return [];
    const parameters = inheritParameters(inherited, authoredParameters(reading, version, operation));
    return [{ method, path, template, pathItem: item, operation, parameters }];
  };
  return members(item).flatMap(({ key, at }) => {
    if (version.methods.has(key)) return slot(key.toUpperCase(), at);
    if (key === 'additionalOperations' && version.hasAdditionalOperations)
      return additional(reading, version, at, slot);
    if (!key.startsWith('x-') && (!OTHER_MEMBERS.has(key) || key === 'additionalOperations')) {
      reading.warn(
        'DOCUMENT_MEMBER_UNKNOWN',
        at,
        `\`${key.slice(0, 40)}\` means nothing in a path item of this version; if it is a method, its requests are refused`,
      );
    }
    return [];
  });
}

function additional(
  reading: DocumentReading,
  version: VersionReader,
  at: Located,
  slot: (method: string, at: Located) => readonly OperationSlot[],
): readonly OperationSlot[] {
  const map = reading.asObject(at, '`additionalOperations`');
  return (map === null ? [] : members(map)).flatMap(({ key, at: operation }) => {
    if (METHOD.test(key) && !version.methods.has(key.toLowerCase())) return slot(key, operation);
    reading.error(
      'DOCUMENT_INVALID',
      operation,
      'a member of `additionalOperations` must be a method that has no member of its own',
    );
    return [];
  });
}
