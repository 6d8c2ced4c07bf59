import type { DocumentReading } from './document-reading.ts';
import { child, isArrayAt, items, type Located, members } from './located.ts';
import type { SecurityRequirement, SecurityScheme } from './model.ts';

/**
 * The `security` list of the document or of an operation: alternatives, each with schemes that must all hold. Null where it is absent.
 * A scheme that is not declared cannot be checked and is an error: the requirement would be decoration.
 */
export function readSecurity(
  reading: DocumentReading,
  parent: Located,
  schemes: ReadonlyMap<string, SecurityScheme>,
): readonly SecurityRequirement[] | null {
  const list = child(parent, 'security');
  if (list === null) return null;
  if (!isArrayAt(list)) {
    reading.error(
      'DOCUMENT_INVALID',
      list,
      '`security` must be an array',
      'Write a list of alternatives: `security: [{ bearerAuth: [] }]`.',
    );
    return null;
  }
  return items(list).flatMap((alternative) => {
    const object = reading.asObject(alternative, 'an alternative of `security`');
    return object === null ? [] : [members(object).flatMap(({ key, at }) => readScheme(reading, key, at, schemes))];
  });
}

function readScheme(
  reading: DocumentReading,
  named: string,
  at: Located,
  schemes: ReadonlyMap<string, SecurityScheme>,
): readonly SecurityRequirement[number][] {
  const scheme = schemes.has(named) ? named : referredName(reading, named, at, schemes);
  if (scheme === null) {
    const isDeclared = reading.unusableSchemes.has(named);
    const declaration = REFERENCE.test(named) ? `, as \`NAME: { $ref: ${JSON.stringify(named)} }\`` : '';
    const [message, remedy] = isDeclared
      ? [
          `the security scheme ${named} cannot be checked as it is declared`,
          'Correct its declaration, as a warning says',
        ]
      : [`there is no security scheme ${named}`, `Declare it among the security schemes of the document${declaration}`];
    const others =
      schemes.size === 0 ? '' : `, or name one of ${isDeclared ? 'the others' : 'them'}: ${namesOf(schemes)}`;
    reading.error('DOCUMENT_SECURITY_UNDECLARED', at, message, `${remedy}${others}.`);
    return [];
  }
  const scopes = isArrayAt(at) ? at.node : null;
  if (scopes === null || !scopes.every((scope) => typeof scope === 'string')) {
    reading.error('DOCUMENT_INVALID', at, 'scopes must be an array of strings; an empty one where none are asked for');
    return [];
  }
  return [{ scheme, scopes: scopes as readonly string[] }];
}

/** What no name of a component can be. */
const REFERENCE = /[#/]/;

/** The name among the document's schemes of the one that a reference leads to (OpenAPI 3.2, "Security Requirement Object"); null where it is none of them. */
function referredName(
  reading: DocumentReading,
  reference: string,
  at: Located,
  schemes: ReadonlyMap<string, SecurityScheme>,
): string | null {
  const resolution = REFERENCE.test(reference) ? reading.files.resolve(at, reference) : null;
  const end = resolution?.ok === true ? reading.follow(resolution.at, 'a security scheme') : null;
  if (end === null) return null;
  for (const [name, { file, pointer }] of schemes) if (file === end.file && pointer === end.pointer) return name;
  return null;
}

const MOST_NAMES = 10;

function namesOf(schemes: ReadonlyMap<string, SecurityScheme>): string {
  const names = [...schemes.keys()];
  return `${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ', …' : ''}`;
}
