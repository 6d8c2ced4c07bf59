import { joinPointer } from '../../json/json-pointer.ts';
import type { RolePolicy, RolesPolicy } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { POLICY_SHAPE } from '../policy-schema.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { ReadFields } from '../shape.ts';
import { suggestName } from '../suggest-name.ts';

type Authored = NonNullable<ReadFields<typeof POLICY_SHAPE.fields>['authorization']>;

const ROLES = '/authorization/roles';
const MAX_ROLES = 10_000;
/** More would make headers and log lines that nobody reads; whoever inherits so much means a wildcard. */
const MAX_INHERITED = 256;

/** Reads the roles of the policy. Null where none are declared: then no role is asked for. */
export function normalizeRoles(
  authored: Authored | undefined,
  source: PolicySource,
  problems: PolicyProblems,
): RolesPolicy | null {
  const declared = authored?.roles;
  if (declared === undefined || declared.size === 0) {
    if (authored?.grants === 'store')
      problems.add(
        'POLICY_CONTRADICTION',
        '/authorization/grants',
        'roles are granted, and none are declared',
        'Declare the roles under authorization.roles: a granted role counts for what the policy says it may do.',
      );
    return null;
  }
  if (declared.size > MAX_ROLES)
    problems.add('POLICY_RANGE', ROLES, `expected at most ${MAX_ROLES} roles`, null, 'key');
  const roles = new Map<string, RolePolicy>();
  for (const [name, role] of declared) {
    const pointer = joinPointer(ROLES, name);
    const short = 'length' in role;
    const written = short ? role : role.permissions;
    const at = short ? pointer : `${pointer}/permissions`;
    const permissions = new Map<string, RolePolicy['permissions'][number]>();
    // Walked with its holes: an item that was refused leaves one, and the pointers of the others stay true.
    written.forEach((text, index) => {
      const place = source.place(joinPointer(at, index));
      if (permissions.has(text))
        problems.add('POLICY_DUPLICATE', joinPointer(at, index), 'this permission stands here twice', 'Keep one.');
      permissions.set(text, { text, place });
    });
    roles.set(name, {
      permissions: [...permissions.values()],
      inherits: short ? [] : [...new Set(role.inherits.filter(() => true))],
      description: short ? null : (role.description ?? null),
      place: source.place(pointer),
    });
    if (!short) checkParents(name, role.inherits, `${pointer}/inherits`, declared, problems);
  }
  const inherited = inheritedRoles(roles, (cycle) => {
    const [first = '', second = ''] = cycle;
    const index = roles.get(first)?.inherits.indexOf(second) ?? -1;
    problems.add(
      'POLICY_ROLE_CYCLE',
      joinPointer(ROLES, first, 'inherits', Math.max(index, 0)),
      `roles inherit each other: ${shownCycle(cycle)}`,
      'Take one of them out of inherits: roles that are to have the same permissions are one role.',
    );
  });
  for (const [name, all] of inherited)
    if (all.length > MAX_INHERITED)
      problems.add(
        'POLICY_RANGE',
        joinPointer(ROLES, name, 'inherits'),
        `the role inherits more than ${MAX_INHERITED} others`,
        'Give it permissions of its own.',
        'key',
      );
  return { roles, inherited, grants: authored?.grants ?? 'off' };
}

function checkParents(
  name: string,
  parents: readonly string[],
  pointer: string,
  declared: ReadonlyMap<string, unknown>,
  problems: PolicyProblems,
): void {
  parents.forEach((parent, index) => {
    if (declared.has(parent)) return;
    const near = suggestName(
      parent,
      [...declared.keys()].filter((other) => other !== name),
    );
    problems.add(
      'POLICY_ROLE_UNKNOWN',
      joinPointer(pointer, index),
      'there is no such role',
      near === null ? 'Declare it under authorization.roles.' : `Did you mean ${near}?`,
    );
  });
}

/**
 * Every role that each role inherits, however far, each once, nearest first. A cycle is told of once, from where it is met, and followed no
 * further. Walks with a stack of its own: a chain may be as long as the list of roles.
 */
function inheritedRoles(
  roles: ReadonlyMap<string, Pick<RolePolicy, 'inherits'>>,
  foundCycle: (cycle: readonly string[]) => void,
): ReadonlyMap<string, readonly string[]> {
  const done = new Map<string, readonly string[]>();
  for (const start of roles.keys()) {
    const path: { readonly name: string; next: number }[] = [{ name: start, next: 0 }];
    const onPath = new Set([start]);
    if (done.has(start)) continue;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const parents = roles.get(top.name)?.inherits ?? [];
      const parent = parents[top.next++];
      if (parent === undefined) {
        done.set(top.name, withFurther(parents, done, roles, top.name));
        onPath.delete(top.name);
        path.pop();
      } else if (onPath.has(parent)) {
        const names = path.map(({ name }) => name);
        foundCycle([...names.slice(names.indexOf(parent)), parent]);
      } else if (roles.has(parent) && !done.has(parent)) {
        path.push({ name: parent, next: 0 });
        onPath.add(parent);
      }
    }
  }
  return done;
}

/** Stops where there are too many: all of a long chain for each role of it would be the square of its length. */
function withFurther(
  parents: readonly string[],
  done: ReadonlyMap<string, readonly string[]>,
  roles: ReadonlyMap<string, unknown>,
  self: string,
): readonly string[] {
  const all = new Set<string>(parents);
  for (const parent of parents)
    for (const further of done.get(parent) ?? []) {
      all.add(further);
      if (all.size > MAX_INHERITED + 1) break;
    }
  return [...all].filter((name) => name !== self && roles.has(name));
}

function shownCycle(cycle: readonly string[]): string {
  const shown = cycle.length <= 8 ? cycle : [...cycle.slice(0, 6), '…', cycle.at(-1) ?? ''];
  return shown.join(' → ');
}
