import { joinPointer } from '../../json/json-pointer.ts';
import { type Mode, type Modes, type OperationPolicy, RULE_NAMES, type RuleName } from '../policy.ts';
import type { Place } from '../place.ts';
import { normalizeOwners } from './normalize-ownership.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { operationExtensionShape, operationShape } from '../schema/schema-operations.ts';
import type { Read } from '../shape.ts';

type Authored = Read<typeof operationExtensionShape> | Read<typeof operationShape>;

/** Turns what is said of an operation into the canonical form; `mode` becomes the mode of every rule, and `modes` goes over it. */
export function normalizeOperation(
  authored: Authored,
  pointer: string,
  place: Place,
  problems: PolicyProblems,
  operation = '',
): OperationPolicy {
  const modes: Partial<Record<RuleName, Mode>> = {};
  if (authored.mode !== undefined) for (const rule of RULE_NAMES) if (rule !== 'match') modes[rule] = authored.mode;
  for (const [rule, mode] of Object.entries(authored.modes ?? {}))
    if (mode !== undefined) modes[rule as RuleName] = mode;
  warnOfOff(authored, pointer, problems);
  const { deprecated, sunset } = authored;
  if (deprecated !== undefined && sunset !== undefined && sunset < deprecated) {
    problems.add(
      'POLICY_CONTRADICTION',
      `${pointer}/sunset`,
      'the operation ends before it is deprecated',
      'A sunset is never before the deprecation (RFC 9745, section 4).',
    );
  }
  return {
    modes,
    cost: authored.cost ?? null,
    maxBodyBytes: authored.maxBodyBytes ?? null,
    timeoutMs: authored.timeout ?? null,
    deprecatedAtMs: deprecated ?? null,
    sunsetAtMs: sunset ?? null,
    undeclaredProperties: authored.undeclaredProperties ?? null,
    undeclaredResponse: authored.undeclaredResponse ?? null,
    ...('owner' in authored && authored.owner !== undefined
      ? { owners: normalizeOwners(authored.owner, `${pointer}/owner`, operation, place, problems) }
      : {}),
    place,
  };
}

/** Warns of every rule that is off: unlike `observe`, nobody would ever hear of what it lets through. */
export function warnOfOff(
  authored: {
    readonly mode?: Mode | undefined;
    readonly modes?: Readonly<Record<string, Mode | undefined>> | undefined;
  },
  pointer: string,
  problems: PolicyProblems,
): void {
  const hint = 'observe lets everything through as well, and tells what it would have refused.';
  if (authored.mode === 'off') problems.warn('POLICY_MODE_OFF', `${pointer}/mode`, 'every rule is off', hint);
  for (const [rule, mode] of Object.entries(authored.modes ?? {})) {
    if (mode === 'off')
      problems.warn('POLICY_MODE_OFF', joinPointer(pointer, 'modes', rule), `the rule ${rule} is off`, hint);
  }
}

/** Modes for the whole API: `mode` for every rule, `modes` over it. */
export function normalizeModes(mode: Mode, modes: Partial<Record<RuleName, Mode | undefined>>): Modes {
  const all: Partial<Record<RuleName, Mode>> = {};
  for (const rule of RULE_NAMES) all[rule] = modes[rule] ?? mode;
  return all as Modes;
}
