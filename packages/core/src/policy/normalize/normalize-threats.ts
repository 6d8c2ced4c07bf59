import { joinPointer, parsePointer } from '../../json/json-pointer.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { threatsShape } from '../schema/schema-threats.ts';
import type { Read } from '../shape.ts';
import type { ThreatException, ThreatField, ThreatPolicy } from '../threat-policy.ts';

/** Turns what is said of injections into the canonical form. */
export function normalizeThreats(
  authored: Read<typeof threatsShape>,
  source: PolicySource,
  problems: PolicyProblems,
): ThreatPolicy {
  const exceptions: ThreatException[] = [];
  for (const [index, exception] of authored.exceptions.entries()) {
    const pointer = joinPointer('/threats/exceptions', index);
    if (exception === undefined) continue;
    const { field, categories, hosts, operations } = exception;
    if (hosts !== undefined && categories?.some((category) => category !== 'ssrf') === true) {
      problems.add(
        'POLICY_CONTRADICTION',
        joinPointer(pointer, 'categories'),
        'hosts say where a URI may lead, and nothing of other categories',
        'Write an exception of its own for them.',
      );
      continue;
    }
    if (field === undefined && categories === undefined && hosts === undefined && operations === undefined) {
      if (problems.touches(pointer)) continue;
      problems.add(
        'POLICY_CONTRADICTION',
        pointer,
        'an exception for every value of every operation',
        'Name a field, categories, hosts or operations; to switch the rule off, write modes: { threats: off }.',
      );
      continue;
    }
    exceptions.push({
      field: field === undefined ? null : parseField(field),
      categories: categories === undefined ? null : new Set(categories),
      hosts: hosts === undefined ? null : new Set(hosts.map((host) => host.toLowerCase())),
      operations: operations ?? null,
      place: source.place(pointer),
    });
  }
  return { threshold: authored.threshold, headers: authored.headers, ignored: new Set(authored.ignored), exceptions };
}

/** Reads a parameter by its place and name, or a JSON Pointer into a body. */
function parseField(text: string): ThreatField {
  const colon = text.indexOf(':');
  const place = text.slice(0, colon) as ThreatField['in'];
  const rest = text.slice(colon + 1);
  if (place === 'body') return { in: 'body', tokens: rest === '' ? [] : parsePointer(rest) };
  return { in: place, name: place === 'header' ? rest.toLowerCase() : rest };
}
