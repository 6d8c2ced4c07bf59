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
import { beginWith, isBeforeCommand, separatedAt } from './shapes/separated-trials.ts';
import { mix, SEED, ShapeIndex, slotOf } from './shapes/shape-index.ts';
import { BEHIND_SIGN, type Trials } from './shapes/trials.ts';
import type { Shape } from './shapes/shape.ts';
import type { ThreatCollector } from './threat.ts';
import { BRACE, EQUALS, PERCENT } from './survey.ts';

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

const EVERY = new ShapeIndex(SHAPES);
/** What a text of XML as a whole can do to its parser. No command among them: what stands behind a separator is none of it. */
const XML = new ShapeIndex([...XML_SHAPES, ...LOOKUP_SHAPES, ...DESERIALIZATION_SHAPES]);

function isWordCode(code: number): boolean {
  // Letters beyond ASCII belong to the word they stand in: `Haßelt(1599)` calls nothing.
  return (code >= 97 && code <= 122) || code === 95 || code > 0xbf;
}

/** As far as this behind its opening a text is taken for what stands in an expression of a template. */
const REACH = 160;
const NOWHERE = -1 - REACH;
/** Behind a separator, before the name of a program, at most: sixteen blanks, a bracket or a quote, sixteen blanks. */
const BEFORE_COMMAND = 33;
/** Signs from a separator to that name, at most: two separators, or one and a bracket or a quote. What begins with two and has those matches from the second. */
const MARKS = 2;

/** Looks for every shape in one pass: a pattern is tried only where its trigger stands. `text` is in lower case, `bits` are its signs. */
export function findShapes(text: string, bits: number, threats: ThreatCollector): void {
  find(EVERY, text, bits, threats);
}

/** The same for the shapes alone of what XML itself can do. */
export function findXmlShapes(text: string, bits: number, threats: ThreatCollector): void {
  find(XML, text, bits, threats);
}

function find(index: ShapeIndex, text: string, bits: number, threats: ThreatCollector): void {
  const { length } = text;
  const { bySign, byWord, slots } = index;
  const separates = index === EVERY;
  // From the survey and not by looking again: an engine may move a search of the whole text into the loop, to where it is used.
  const gates = ((bits & (BRACE | PERCENT)) === 0 ? 0 : OPENS) | ((bits & EQUALS) === 0 ? 0 : ASSIGNS);
  /** Where the last expression of a template begins that was not closed. */
  let opened = NOWHERE;
  /** Where what may stand before a command ends, behind the last separator. */
  let command = 0;
  /** From where a separator reaches that command. */
  let reaching = 0;
  /** The shapes, as bits, that the command leaves. */
  let separated = 0;
  /** The shapes, as bits, that what stands behind the last sign leaves. */
  let left = 0;
  /** As far as signs of one kind follow each other, and what stands behind each is the same. */
  let alike = 0;
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
      let trials: Trials | null | undefined = null;
      if (at - start === 1) trials = bySign[code];
      else if (slots[slotOf(hash)] === 1 && at - start < 32) trials = byWord.get(text.slice(start, at));
      if (trials !== null && trials !== undefined) {
        const behind = trials.candidates(text, at);
        if (behind !== 0)
          tryShapes(trials.shapes, behind, text, start, start - opened <= REACH ? gates | INSIDE : gates, threats);
      }
      continue;
    }
    // The last of several line breaks is where a line begins.
    if (code === 10 || code === 13) at = lastBreak(text, at);
    if (code === 59 || code === 124 || code === 38 || code === 10 || code === 13) {
      if (separates && command <= at) {
        command = at + 1;
        while (command < length && isBeforeCommand(text.charCodeAt(command))) command += 1;
        separated = separatedAt(text, command);
        reaching = separated === 0 ? command : reachBack(text, command, at);
      }
      if (at >= reaching && separated !== 0)
        tryShapes(SEPARATED_SHAPES, separated & beginWith(code), text, at, gates, threats);
    } else if (code === 123 || code === 37) {
      if (opensExpression(text, at)) opened = at + 1;
    } else if (code === 125) opened = NOWHERE;
    const trials = code < 256 ? bySign[code] : null;
    at += 1;
    if (trials !== null && trials !== undefined) {
      if (at > alike) {
        left = trials.candidates(text, at);
        if (text.charCodeAt(at) === code) alike = endOfRun(text, at, code) - BEHIND_SIGN;
      }
      if (left !== 0) tryShapes(trials.shapes, left, text, at - 1, gates, threats);
    }
  }
}

/** Where the last line break stands of those that only blanks stand between. Whoever goes on behind it looks at none of them again. */
function lastBreak(text: string, first: number): number {
  let last = first;
  for (let at = first + 1; at < text.length && text.charCodeAt(at) <= 32; at += 1)
    if (text.charCodeAt(at) === 10 || text.charCodeAt(at) === 13) last = at;
  return last;
}

function endOfRun(text: string, from: number, code: number): number {
  let end = from + 1;
  while (text.charCodeAt(end) === code) end += 1;
  return end;
}

/** What patterns need beside what they look at themselves. */
const OPENS = 1;
const ASSIGNS = 2;
const INSIDE = 4;

function tryShapes(
  shapes: readonly Shape[],
  candidates: number,
  text: string,
  at: number,
  gates: number,
  threats: ThreatCollector,
): void {
  for (let left = candidates; left !== 0; left &= left - 1) {
    const shape = shapes[31 - Math.clz32(left & -left)] as Shape;
    // What stands inside of an expression needs one, and what compares or assigns the sign for it.
    if ((gates & OPENS) === 0 && shape.category === 'template') continue;
    if ((gates & ASSIGNS) === 0 && shape.assigns) continue;
    if ((gates & INSIDE) === 0 && shape.inside) continue;
    // A second time it would say nothing new.
    if (threats.hasShape(shape)) continue;
    const { pattern } = shape;
    pattern.lastIndex = at;
    if (pattern.test(text)) threats.addShape(shape);
  }
}

/** `{{`, `${`, `#{`, `*{`, `@{`, `$!{`, `{%`, `<%`, `%{`, by the last sign. */
function opensExpression(text: string, at: number): boolean {
  const before = at > 0 ? text.charCodeAt(at - 1) : 0;
  if (text.charCodeAt(at) === 37) return before === 123 || before === 60;
  if (before === 123 || before === 37 || isMark(before)) return true;
  return before === 33 && at > 1 && isMark(text.charCodeAt(at - 2));
}

function isMark(code: number): boolean {
  return code === 36 || code === 35 || code === 42 || code === 64;
}

/** The first place from which a separator reaches the command. */
function reachBack(text: string, command: number, first: number): number {
  const last = Math.max(first, command - BEFORE_COMMAND - 1);
  let marks = 0;
  let at = command;
  while (at > last) {
    const code = text.charCodeAt(at - 1);
    if (code > 32 && code !== 43) marks += 1;
    if (marks > MARKS) break;
    at -= 1;
  }
  return at;
}
