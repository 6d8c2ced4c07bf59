import { isObject, type JsonValue } from '../../json/json-value.ts';
import { type Audience, type DataPolicy, parseAudience } from '../../policy/data-policy.ts';
import type { Principal } from '../../principal.ts';

/** What a text may hold: HTML of an allow list, no markup at all, markup made harmless, or an address whose scheme runs nothing. */
const TEXT_KINDS = ['html', 'plain', 'escaped', 'uri'] as const;
export type TextKind = (typeof TEXT_KINDS)[number];

/** What a mark can be about, one bit each. */
export const CLASSED = 1;
export const VISIBLE = 2;
export const WRITABLE = 4;
/** Texts that may hold HTML, no markup, or markup made harmless. */
export const TEXT = 8;
/** Texts that are addresses. */
export const ADDRESS = 16;
/** What the upstream keeps encrypted. */
export const ENCRYPTED = 32;
/** A set of the bits above. */
export type MarkKinds = number;

/**
 * What is said of a value: by its schema (`x-sallyport-data`, `x-sallyport-visible`, `x-sallyport-writable`, `x-sallyport-text`, `x-sallyport-encrypt`), and by the
 * policy for its class or name. Where several schemas may apply, all of what they say holds.
 */
export interface Marks {
  /** Which of the lists below are not empty. */
  readonly kinds: MarkKinds;
  readonly classes: readonly string[];
  /** Who sees it: one of each list. An empty list inside is nobody. */
  readonly visible: readonly (readonly Audience[])[];
  /** Who may set it: one of each list. */
  readonly writable: readonly (readonly Audience[])[];
  readonly texts: readonly TextKind[];
  readonly encrypted: boolean;
}

/** What one schema object says itself. */
export interface OwnMarks {
  readonly classes: readonly string[];
  readonly visible: readonly Audience[] | null;
  readonly writable: readonly Audience[] | null;
  readonly texts: readonly TextKind[];
  readonly encrypted: boolean;
}

/** A mark that means nothing: `keyword` of the schema, and what it should be. */
export interface MarkProblem {
  readonly keyword: string;
  readonly expected: string;
}

const URI_FORMATS = new Set(['uri', 'uri-reference', 'iri', 'iri-reference', 'url']);
const CLASS = /^[a-z][a-z0-9-]{0,63}$/;
const AUDIENCE = /^[\x21-\x7e]{1,256}$/;

/** Reads the marks of one schema object; null where it has none. Marks beside a `$ref` count in every version. */
export function readMarks(node: JsonValue, problem: (problem: MarkProblem) => void): OwnMarks | null {
  if (!isObject(node)) return null;
  const list = (keyword: string, format: RegExp, expected: string): readonly string[] | null => {
    const value = Object.hasOwn(node, keyword) ? node[keyword] : undefined;
    if (value === undefined) return null;
    const items: readonly JsonValue[] = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
    if (items.every((item) => typeof item === 'string' && format.test(item))) return items as readonly string[];
    problem({ keyword, expected });
    return [];
  };
  const classes = list('x-sallyport-data', CLASS, 'the name of a data class, or a list of them') ?? [];
  const audience = 'a list of roles and scopes: role:NAME, scope:NAME or NAME';
  const visible = list('x-sallyport-visible', AUDIENCE, audience);
  const writable = list('x-sallyport-writable', AUDIENCE, audience);
  const texts = textsOf(node, list('x-sallyport-text', /^(?:html|plain|escaped)$/, 'html, plain or escaped'));
  const encrypted = readEncrypt(node, problem);
  if (classes.length === 0 && visible === null && writable === null && texts.length === 0 && !encrypted) return null;
  return {
    classes,
    visible: visible?.map(parseAudience) ?? null,
    writable: writable?.map(parseAudience) ?? null,
    texts,
    encrypted,
  };
}

function readEncrypt(node: { readonly [name: string]: JsonValue }, problem: (problem: MarkProblem) => void): boolean {
  const value = Object.hasOwn(node, 'x-sallyport-encrypt') ? node['x-sallyport-encrypt'] : undefined;
  if (value !== undefined && typeof value !== 'boolean')
    problem({ keyword: 'x-sallyport-encrypt', expected: 'true or false' });
  return value === true;
}

function textsOf(node: { readonly [name: string]: JsonValue }, stated: readonly string[] | null): readonly TextKind[] {
  const texts: TextKind[] = [];
  const format = Object.hasOwn(node, 'format') ? node['format'] : undefined;
  const media = Object.hasOwn(node, 'contentMediaType') ? node['contentMediaType'] : undefined;
  if (stated !== null) texts.push(...(stated as readonly TextKind[]));
  else if (format === 'html' || (typeof media === 'string' && /^(?:text\/html|application\/xhtml\+xml)\b/i.test(media)))
    texts.push('html');
  if (typeof format === 'string' && URI_FORMATS.has(format)) texts.push('uri');
  return texts;
}

/** A label that the policy puts on a property by its name or place. */
export type Label = { readonly class: string } | { readonly text: TextKind } | { readonly encrypted: true };

/** Puts together all that is said of a value; null where nothing is. */
export function joinMarks(own: readonly OwnMarks[], labels: readonly Label[], policy: DataPolicy): Marks | null {
  if (own.length === 0 && labels.length === 0) return null;
  const classes = new Set(own.flatMap((marks) => marks.classes));
  const texts = new Set(own.flatMap((marks) => marks.texts));
  for (const label of labels) {
    if ('class' in label) classes.add(label.class);
    else if ('text' in label) texts.add(label.text);
  }
  const encrypted =
    own.some((marks) => marks.encrypted) ||
    labels.some((label) => 'encrypted' in label) ||
    [...classes].some((name) => policy.encrypt?.classes.has(name) === true);
  const visible = own.flatMap((marks) => (marks.visible === null ? [] : [marks.visible]));
  const writable = own.flatMap((marks) => (marks.writable === null ? [] : [marks.writable]));
  for (const name of classes) {
    const seers = policy.visible.get(name);
    if (seers !== undefined) visible.push(seers);
    const writers = policy.writable.get(name);
    if (writers !== undefined) writable.push(writers);
  }
  const kinds =
    (classes.size > 0 ? CLASSED : 0) |
    (visible.length > 0 ? VISIBLE : 0) |
    (writable.length > 0 ? WRITABLE : 0) |
    (texts.size > (texts.has('uri') ? 1 : 0) ? TEXT : 0) |
    (texts.has('uri') ? ADDRESS : 0) |
    (encrypted ? ENCRYPTED : 0);
  return { kinds, classes: [...classes], visible, writable, texts: [...texts], encrypted };
}

/** True where the principal is in the audience of every list. More roles or scopes never make it false. */
export function admits(lists: readonly (readonly Audience[])[], principal: Principal): boolean {
  for (const list of lists) {
    let found = false;
    for (const { kind, name } of list) {
      if ((kind !== 'scope' && principal.roles.includes(name)) || (kind !== 'role' && principal.scopes.has(name))) {
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return true;
}

/** An audience as it is written. */
export function renderAudience(lists: readonly (readonly Audience[])[]): string {
  const one = (list: readonly Audience[]): string =>
    list.length === 0
      ? 'nobody'
      : list.map(({ kind, name }) => (kind === 'either' ? name : `${kind}:${name}`)).join(' or ');
  return [...new Set(lists.map(one))].join(', and ');
}
