import { foldCase } from '../../json/fold-case.ts';
import { joinPointer, parsePointer } from '../../json/json-pointer.ts';
import {
  type DataPolicy,
  type HiddenForm,
  parseAudience,
  SENSITIVE_KINDS,
  type SensitiveKind,
} from '../data-policy.ts';
import type { FindingAction } from '../finding-action.ts';
import type { Selectors } from '../data-selectors.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import { normalizeEncrypt } from './normalize-encrypt.ts';
import type { dataShape } from '../schema/schema-data.ts';
import type { Read } from '../shape.ts';

/** Turns what is said of data into the canonical form. */
export function normalizeData(
  authored: Read<typeof dataShape>,
  source: PolicySource,
  hasVault: boolean,
  problems: PolicyProblems,
): Pick<Policy, 'dataClasses'> & { readonly data: DataPolicy } {
  const classes = new Map<string, Selectors>();
  for (const [name, selectors] of authored.classes)
    classes.set(name, normalizeSelectors(selectors, joinPointer('/data/classes', name), problems));
  const named: { class: string; place: Place }[] = [];
  const name = (setting: string, names: Iterable<string>): void => {
    for (const one of names) named.push({ class: one, place: source.place(joinPointer('/data', setting, one)) });
  };
  const fields: { text: string; place: Place }[] = [];
  const mean = (texts: readonly string[], pointer: string): void =>
    texts.forEach((text, index) => void fields.push({ text, place: source.place(joinPointer(pointer, index)) }));
  for (const [one, selectors] of authored.classes) mean(selectors, joinPointer('/data/classes', one));
  mean(authored.encrypt?.fields ?? [], '/data/encrypt/fields');
  const hidden = typeof authored.hidden === 'string' ? new Map<string, HiddenForm>() : authored.hidden;
  name('visible', authored.visible.keys());
  name('writable', authored.writable.keys());
  name('hidden', hidden.keys());
  const encrypt =
    authored.encrypt === undefined
      ? null
      : normalizeEncrypt(
          authored.encrypt,
          source,
          (fields) => normalizeSelectors(fields, '/data/encrypt/fields', problems),
          hasVault,
          problems,
        );
  for (const one of encrypt?.classes ?? []) named.push({ class: one, place: source.place('/data/encrypt/fields') });
  const roles = [...rolesOf('visible', authored, source), ...rolesOf('writable', authored, source)];
  const dataClasses = new Map(authored.classes.entries().map(([one, fields]) => [one, new Set(fields.map(logName))]));
  // What is worth encrypting is kept out of the log, whatever its class.
  const encrypted = (authored.encrypt?.fields ?? []).filter((field) => !field.startsWith('class:')).map(logName);
  for (const index of encrypt?.indexes.values() ?? [])
    encrypted.push(index.property.toLowerCase(), ...index.parameters);
  if (encrypted.length > 0)
    dataClasses.set('encrypted', new Set([...(dataClasses.get('encrypted') ?? []), ...encrypted]));
  return {
    dataClasses,
    data: {
      classes,
      visible: new Map([...authored.visible].map(([one, list]) => [one, list.map(parseAudience)])),
      writable: new Map([...authored.writable].map(([one, list]) => [one, list.map(parseAudience)])),
      hidden,
      hiddenElse: typeof authored.hidden === 'string' ? authored.hidden : 'remove',
      detect: normalizeDetect(authored.detect),
      sample: { amount: authored.sample.amount, windowMs: authored.sample.windowMs },
      ...(encrypt === null ? {} : { encrypt }),
      named,
      roles,
      fields: fields.filter(({ text }) => !text.startsWith('class:')),
    },
  };
}

function rolesOf(
  setting: 'visible' | 'writable',
  authored: Read<typeof dataShape>,
  source: PolicySource,
): NonNullable<DataPolicy['roles']> {
  return [...authored[setting]].flatMap(([name, texts]) =>
    texts.flatMap((text, index) => {
      const { kind, name: role } = parseAudience(text);
      if (kind !== 'role') return [];
      const place = source.place(joinPointer('/data', setting, name, index));
      return [{ role, may: setting === 'visible' ? ('see' as const) : ('set' as const), class: name, place }];
    }),
  );
}

function normalizeDetect(authored: Read<typeof dataShape>['detect']): DataPolicy['detect'] {
  if (typeof authored !== 'string') return authored;
  return Object.fromEntries(SENSITIVE_KINDS.map((kind) => [kind, authored])) as Record<SensitiveKind, FindingAction>;
}

/** Sorts what names properties into names, names with `*`, and JSON Pointers. */
export function normalizeSelectors(authored: readonly string[], pointer: string, problems: PolicyProblems): Selectors {
  const names = new Set<string>();
  const globs: string[] = [];
  const pointers: (readonly string[])[] = [];
  // What could not be read left a hole in the list, which forEach goes past.
  authored.forEach((text, index) => {
    if (text.startsWith('/')) {
      if (/~(?![01])/.test(text))
        problems.add(
          'POLICY_VALUE',
          joinPointer(pointer, index),
          'expected a JSON Pointer',
          'Write ~ as ~0 and / as ~1 inside a name (RFC 6901).',
        );
      else pointers.push(parsePointer(text));
    } else if (text.includes('*')) globs.push(foldCase(text));
    else names.add(foldCase(text));
  });
  return { names, globs, pointers };
}

/** What keeps a member out of the log: its name, wherever it stands. Of a pointer that is the last name. */
function logName(selector: string): string {
  if (!selector.startsWith('/')) return selector.toLowerCase();
  return (selector.split('/').findLast((token) => token !== '*') ?? '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
    .toLowerCase();
}
