import { joinPointer } from '../../json/json-pointer.ts';
import { parseKeyLimit, parseKeyLimits, type KeyLimit } from '../key-limit.ts';
import type { PolicyProblems } from '../policy-problems.ts';

/** Reads the limits of one listed key; what is wrong is reported, and then there are none. */
export function normalizeKeyLimits(
  texts: readonly (string | undefined)[],
  pointer: string,
  problems: PolicyProblems,
): readonly KeyLimit[] {
  const given = texts.filter((text) => text !== undefined);
  let good = true;
  for (const [index, text] of given.entries()) {
    const parsed = parseKeyLimit(text);
    if (parsed.ok) continue;
    good = false;
    problems.add('POLICY_RANGE', joinPointer(pointer, index), parsed.message, parsed.hint);
  }
  const limits = parseKeyLimits(good ? given : []);
  if (!limits.ok) problems.add('POLICY_CONTRADICTION', pointer, limits.message, limits.hint);
  return limits.ok ? limits.value : [];
}
