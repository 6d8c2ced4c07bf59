import { CODE_SHAPES, NOSQL_SHAPES } from './shapes/code-shapes.ts';
import { COMMAND_SHAPES, SEPARATED_SHAPES } from './shapes/command-shapes.ts';
import {
  DESERIALIZATION_SHAPES,
  GRAPHQL_SHAPES,
  HEADER_SHAPES,
  LDAP_SHAPES,
  XML_SHAPES,
  XPATH_SHAPES,
} from './shapes/protocol-shapes.ts';
import { PATH_SHAPES } from './shapes/path-shapes.ts';
import { HANDLER_SHAPES, SCRIPT_SHAPES } from './shapes/script-shapes.ts';
import { SQL_SHAPES } from './shapes/sql-shapes.ts';
import { LOOKUP_SHAPES, TEMPLATE_SHAPES } from './shapes/template-shapes.ts';
import type { Shape } from './shapes/shape.ts';
import type { ThreatCollector } from './threat.ts';
import { BRACE, EQUALS, PERCENT } from './survey.ts';
import { SHELL_WORDS } from './words/shell-words.ts';

const SHAPES: readonly Shape[] = [
  ...SQL_SHAPES,
  ...NOSQL_SHAPES,
  ...COMMAND_SHAPES,
  ...CODE_SHAPES,
  ...SCRIPT_SHAPES,
  ...TEMPLATE_SHAPES,
  ...LOOKUP_SHAPES,
  ...LDAP_SHAPES,
  ...XPATH_SHAPES,
  ...HEADER_SHAPES,
  ...DESERIALIZATION_SHAPES,
  ...GRAPHQL_SHAPES,
  ...XML_SHAPES,
  ...PATH_SHAPES,
  ...HANDLER_SHAPES,
];

const BY_SIGN: (readonly Shape[] | null)[] = Array.from({ length: 256 }, () => null);
const BY_PAIR = new Map<number, readonly Shape[]>();
/** Signs that pairs begin with. */
const PAIRED = new Uint8Array(256);
const BY_WORD = new Map<string, readonly Shape[]>();
const SLOT_COUNT = 1 << 16;
const SLOTS = new Uint8Array(SLOT_COUNT);
const SEED = 7;

for (const shape of SHAPES)
  for (const trigger of shape.triggers) {
    if (/^[a-z_]{2,}$/.test(trigger)) {
      BY_WORD.set(trigger, [...(BY_WORD.get(trigger) ?? []), shape]);
      let hash = SEED;
      for (let index = 0; index < trigger.length; index += 1) hash = mix(hash, trigger.charCodeAt(index));
      SLOTS[slotOf(hash)] = 1;
    } else if (trigger.length === 2) {
      const pair = pairOf(trigger.charCodeAt(0), trigger.charCodeAt(1));
      BY_PAIR.set(pair, [...(BY_PAIR.get(pair) ?? []), shape]);
      PAIRED[trigger.charCodeAt(0)] = 1;
    } else {
      const code = trigger.charCodeAt(0);
      BY_SIGN[code] = [...(BY_SIGN[code] ?? []), shape];
    }
  }

function pairOf(first: number, second: number): number {
  return first * 65_536 + second;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOT_COUNT - 1);
}

function mix(hash: number, code: number): number {
  return (Math.imul(hash, 33) ^ code) | 0;
}

function isWordCode(code: number): boolean {
  // Letters beyond ASCII belong to the word they stand in: `Haßelt(1599)` calls nothing.
  return (code >= 97 && code <= 122) || code === 95 || code > 0xbf;
}

/** Looks for every shape in one pass: a pattern is tried only where its trigger stands. `text` is in lower case, `bits` are its signs. */
export function findShapes(text: string, bits: number, threats: ThreatCollector): void {
  const { length } = text;
  // From the survey and not by looking again: an engine may move a search of the whole text into the loop, to where it is used.
  const opens = (bits & (BRACE | PERCENT)) !== 0;
  const assigns = (bits & EQUALS) !== 0;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (isWordCode(code)) {
      const start = at;
      let hash = SEED;
      let next = code;
      do {
        hash = mix(hash, next);
        at += 1;
        next = at < length ? text.charCodeAt(at) : 0;
      } while (isWordCode(next));
      if (at - start > 1 && SLOTS[slotOf(hash)] === 1 && at - start < 32) {
        const shapes = BY_WORD.get(text.slice(start, at));
        if (shapes !== undefined) tryShapes(shapes, text, start, opens, assigns, threats);
      } else if (at - start === 1) {
        const shapes = BY_SIGN[code];
        if (shapes !== null && shapes !== undefined) tryShapes(shapes, text, start, opens, assigns, threats);
      }
      continue;
    }
    // The last of several line breaks and blanks is where a line begins.
    if (code < 14 && at + 1 < length && text.charCodeAt(at + 1) <= 32) {
      at += 1;
      continue;
    }
    if ((code === 59 || code === 124 || code === 38 || code === 10 || code === 13) && commandFollows(text, at + 1))
      tryShapes(SEPARATED_SHAPES, text, at, opens, assigns, threats);
    if (code < 256) {
      if (PAIRED[code] === 1 && at + 1 < length) {
        const pair = BY_PAIR.get(pairOf(code, text.charCodeAt(at + 1)));
        if (pair !== undefined) tryShapes(pair, text, at, opens, assigns, threats);
      }
      const shapes = BY_SIGN[code];
      if (shapes !== null && shapes !== undefined) tryShapes(shapes, text, at, opens, assigns, threats);
    }
    at += 1;
  }
}

function tryShapes(
  shapes: readonly Shape[],
  text: string,
  at: number,
  opens: boolean,
  assigns: boolean,
  threats: ThreatCollector,
): void {
  for (const shape of shapes) {
    // What stands inside of an expression needs one, and what compares or assigns the sign for it.
    if (!opens && shape.category === 'template') continue;
    if (!assigns && shape.assigns) continue;
    const { pattern } = shape;
    pattern.lastIndex = at;
    if (pattern.test(text)) threats.add(shape.category, shape.score, shape.feature);
  }
}

/** Whether a program's name, with or without its path, stands behind a separator. */
function commandFollows(text: string, from: number): boolean {
  let at = from;
  const end = Math.min(text.length, from + 24);
  while (at < end && isBeforeCommand(text.charCodeAt(at))) at += 1;
  let start = at;
  const last = Math.min(text.length, at + 48);
  while (at < last) {
    const code = text.charCodeAt(at);
    if (code === 47) start = at + 1;
    else if (!isWordCode(code)) break;
    at += 1;
  }
  return at > start && at - start < 20 && SHELL_WORDS.has(text.slice(start, at));
}

/** Blanks, separators, quotes, brackets. */
function isBeforeCommand(code: number): boolean {
  return (
    code <= 32 || code === 43 || code === 38 || code === 59 || code === 124 || code === 34 || code === 39 || code === 40
  );
}
