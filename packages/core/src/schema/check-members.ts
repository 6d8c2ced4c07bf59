import { escapeToken } from '../json/json-pointer.ts';
import type { AppliedSchema } from './applied-schema.ts';
import { ALL } from './evaluation-journal.ts';
import { checkCount } from './keyword-checks.ts';
import type { HiddenMark, Schema } from './normalized-graph.ts';
import { shorten } from './schema-messages.ts';

export type Members = Readonly<Record<string, unknown>>;

const HIDDEN_MESSAGES: Readonly<Record<HiddenMark, string>> = {
  readOnly: 'must not be set: the property is read-only',
  writeOnly: 'must not be shown: the property is write-only',
};

/** What a schema says about the members of an object by itself, without what stands beside it. */
export function checkMembers(applied: AppliedSchema, members: Members): void {
  const { required, dependentRequired, propertyNames } = applied.schema;
  const names = Object.keys(members);
  for (const name of (required as readonly string[] | undefined) ?? []) {
    if (Object.hasOwn(members, name)) applied.journal.add({ asked: name });
    else applied.fail('required', `must have the property "${shorten(name)}"`);
  }
  checkCount(applied.schema, names.length, 'Properties', applied.report);
  if (dependentRequired !== undefined)
    checkDependent(applied, members, dependentRequired as Readonly<Record<string, readonly string[]>>);
  if (propertyNames !== undefined) {
    for (const name of names) {
      if (applied.isFull) break;
      const path = { parent: applied.path, token: name };
      if (!applied.test(propertyNames as Schema, name, path))
        applied.fail('propertyNames', 'has a name that is not allowed', path);
    }
  }
  if (!applied.isDecided) checkDeclared(applied, members, names);
}

function checkDependent(
  applied: AppliedSchema,
  members: Members,
  dependent: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [name, needed] of Object.entries(dependent)) {
    if (!Object.hasOwn(members, name)) continue;
    for (const other of needed) {
      if (Object.hasOwn(members, other)) applied.journal.add({ asked: other });
      else
        applied.fail(
          'dependentRequired',
          `must have the property "${shorten(other)}" because it has "${shorten(name)}"`,
        );
    }
  }
}

function checkDeclared(applied: AppliedSchema, members: Members, names: readonly string[]): void {
  const { schema, journal, options } = applied;
  const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined;
  const patterns = Object.entries((schema['patternProperties'] as Readonly<Record<string, Schema>> | undefined) ?? {});
  const rest = schema['additionalProperties'] as Schema | undefined;
  if (properties === undefined && patterns.length === 0 && rest === undefined) {
    if (schema['unevaluatedProperties'] !== undefined) journal.add({ mentions: schema });
    return;
  }
  journal.add({ mentions: schema });
  for (const name of names) {
    if (applied.isFull) return;
    const path = { parent: applied.path, token: name };
    let named = false;
    if (properties !== undefined && Object.hasOwn(properties, name)) {
      named = true;
      checkNamed(applied, properties[name] as Schema, members, name);
    }
    for (const [pattern, member] of patterns) {
      if (!options.pattern(pattern).test(name)) continue;
      named = true;
      applied.apply(member, members[name], path, `/patternProperties/${escapeToken(pattern)}`);
      journal.add(name);
    }
    if (named || rest === undefined) continue;
    if (rest === false && options.dropping) journal.add({ drop: name });
    else if (rest === false) applied.fail('additionalProperties', 'is not declared', path);
    else applied.apply(rest, members[name], path, '/additionalProperties');
  }
  if (rest !== undefined && rest !== false) journal.add(ALL);
}

/** A member that `properties` names. */
function checkNamed(applied: AppliedSchema, schema: Schema, members: Members, name: string): void {
  const { journal, hidden } = applied;
  const path = { parent: applied.path, token: name };
  const mark = hidden?.get(name);
  if (mark === undefined) {
    const suffix = typeof schema === 'boolean' ? `/properties/${escapeToken(name)}` : '';
    applied.apply(schema, members[name], path, suffix);
    journal.add(name);
  } else if (mark === 'writeOnly' && applied.options.dropping) journal.add({ drop: name });
  else applied.fail(mark, HIDDEN_MESSAGES[mark], path, `/properties/${escapeToken(name)}/${mark}`);
}

/** What it says about the members of which nothing beside it has spoken. */
export function checkUnevaluatedMembers(applied: AppliedSchema, members: Members): void {
  const schema = applied.schema['unevaluatedProperties'] as Schema | undefined;
  if (schema === undefined) return;
  const { journal } = applied;
  const seen = journal.names();
  if (seen === ALL) return;
  for (const name of Object.keys(members)) {
    if (seen.has(name) || applied.isFull) continue;
    const path = { parent: applied.path, token: name };
    if (schema === false && applied.options.dropping) journal.add({ drop: name });
    else if (schema === false) applied.fail('unevaluatedProperties', 'is not declared', path);
    else applied.apply(schema, members[name], path, '/unevaluatedProperties');
  }
  if (schema !== false) journal.add(ALL);
}
