import type { ThreatCollector } from './threat.ts';
import { EVENTS } from './words/event-handlers.ts';

/** Elements that run, load or hide by being there, with what their opening tag alone weighs. */
const ELEMENTS: ReadonlyMap<string, number> = new Map([
  ['script', 8],
  ['iframe', 6],
  ['object', 5],
  ['embed', 5],
  ['applet', 6],
  ['base', 4],
  ['meta', 5],
  ['link', 4],
  ['frameset', 5],
  ['frame', 5],
  ['layer', 6],
  ['ilayer', 6],
  ['bgsound', 5],
  ['isindex', 5],
  ['svg', 3],
  ['math', 3],
  ['style', 4],
  ['xml', 4],
  ['xss', 5],
  ['template', 3],
  ['noscript', 3],
  ['foreignobject', 4],
  ['animate', 4],
  ['set', 3],
  ['body', 3],
  ['html', 3],
  ['form', 3],
  ['marquee', 3],
  ['portal', 5],
  ['plaintext', 4],
]);

/** Attributes whose value is fetched or run. */
const URIS = new Set(
  'src href data action formaction xlink:href background poster codebase dynsrc lowsrc srcdoc content code archive classid manifest ping from to values implementation cite longdesc profile usemap icon lowid url'.split(
    ' ',
  ),
);

const RUNS =
  /^(?:javascript|vbscript|livescript|mocha|jscript):|^data:(?:text\/html|text\/xml|image\/svg|application\/x|text\/javascript)/;
/** What browsers drop from the scheme of a URI. */
const DROPPED = /[\x00-\x20\u200b-\u200d\ufeff\\]/g;
const STYLE =
  /expression[^a-z]{0,40}\(|javascript:|-moz-binding|behaviou?r\s{0,8}:|@import|vbscript:|binding:\s{0,8}url/;

/**
 * Reads the text as a browser's tokenizer would (HTML, 13.2.5), from every `<` that opens a tag, and weighs tags and attributes. `text` is
 * in lower case. Each character is read a bounded number of times.
 */
export function detectMarkup(text: string, threats: ThreatCollector): void {
  const clean = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  let at = clean.indexOf('<');
  let tags = 0;
  const broken = breaksAttribute(clean);
  while (at >= 0) {
    const next = clean.charCodeAt(at + 1);
    if (isLetter(next)) {
      tags += 1;
      at = readTag(clean, at + 1, broken, threats);
    } else {
      if (next === 47) readClosing(clean, at + 2, threats);
      else if (next === 33 && clean.startsWith('[cdata[', at + 2)) threats.add('markup', 4, 'section of XML');
      else if (next === 63 && (clean.startsWith('xml:namespace', at + 2) || clean.startsWith('import', at + 2)))
        threats.add('markup', 6, 'instruction of a browser');
      else if (next === 32 || next === 9 || next === 10 || next === 47) readSpaced(clean, at + 1, threats);
      at += 1;
    }
    at = clean.indexOf('<', at);
  }
  if (broken && tags > 0) threats.add('markup', 4, 'tag behind a closed attribute');
}

/** `">`, `'>`: closes an attribute and its tag before anything was opened. */
function breaksAttribute(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 62) return true;
  return first !== 60 && /^[^<]{0,64}["'][\s/]{0,8}>/.test(text.slice(0, 80));
}

function readClosing(text: string, at: number, threats: ThreatCollector): void {
  const name = /^(?:script|textarea|title|style|noscript|iframe|xmp|template|comment)\b/.exec(
    text.slice(at, at + 12),
  )?.[0];
  if (name !== undefined) threats.add('markup', name === 'script' ? 6 : 3, 'end of a raw text');
}

/** `< script`: no tag to a browser, and one to what strips blanks. */
function readSpaced(text: string, at: number, threats: ThreatCollector): void {
  if (/^[\s/]{1,8}(?:script|iframe|svg|img)\b[\s/>]/.test(text.slice(at, at + 24)))
    threats.add('markup', 4, 'tag with blanks');
}

/** Reads one opening tag, and gives where to go on: behind it, or at a `<` in it that opens another. */
function readTag(text: string, start: number, broken: boolean, threats: ThreatCollector): number {
  let at = start;
  while (at < text.length && !isNameEnd(text.charCodeAt(at))) at += 1;
  const name = text.slice(start, Math.min(at, start + 40));
  weighElement(name, text.charCodeAt(at), threats);
  let attributes = 0;
  for (;;) {
    at = skipSeparators(text, at);
    if (at >= text.length) break;
    const code = text.charCodeAt(at);
    if (code === 62) {
      at += 1;
      break;
    }
    if (code === 60) return at;
    const nameStart = at;
    while (at < text.length && !isAttributeEnd(text.charCodeAt(at))) at += 1;
    if (at === nameStart) at += 1;
    const attribute = text.slice(nameStart, Math.min(at, nameStart + 48));
    at = skipBlanks(text, at);
    if (text.charCodeAt(at) !== 61) {
      // `onerror` without a value, before anything else, is prose in angle brackets.
      attributes += 1;
      continue;
    }
    at = skipBlanks(text, at + 1);
    const valueStart = at;
    const quote = text.charCodeAt(at);
    if (quote === 34 || quote === 39 || quote === 96) {
      const close = text.indexOf(text.charAt(at), at + 1);
      at = close < 0 ? text.length : close + 1;
    } else while (at < text.length && !isValueEnd(text.charCodeAt(at))) at += 1;
    weighAttribute(name, attribute, text.slice(valueStart, Math.min(at, valueStart + 400)), threats);
    // What stands in a value that is never closed may open tags of its own.
    if (at >= text.length) return valueStart + 1;
    attributes += 1;
  }
  if (broken && attributes > 0) threats.add('markup', 2, 'attribute behind a closed attribute');
  return at;
}

function weighElement(name: string, end: number, threats: ThreatCollector): void {
  const local = name.slice(name.indexOf(':') + 1);
  const weight = ELEMENTS.get(name) ?? ELEMENTS.get(local) ?? 0;
  if (weight > 0) threats.add('markup', weight, `element ${ELEMENTS.has(name) ? name : local}`);
  else if (/^(?:scr\W|script|scri<|x:script)/.test(name)) threats.add('markup', 6, 'element script');
  // `<svg/onload=…`: a slash for a blank is how filters are passed by.
  if (end === 47 && weight > 0) threats.add('markup', 2, 'slash for a blank');
}

function weighAttribute(element: string, attribute: string, raw: string, threats: ThreatCollector): void {
  const value = raw.replace(/^["'`]/, '');
  if (isHandler(attribute)) {
    threats.add('markup', 9, 'event handler');
    return;
  }
  if (attribute === 'style') {
    if (STYLE.test(value.replace(/\/\*[^*]{0,40}\*\//g, '').replaceAll('\\', '')))
      threats.add('markup', 7, 'style that runs');
    return;
  }
  if (attribute === 'srcdoc') threats.add('markup', 8, 'document in an attribute');
  const uri = attribute.slice(attribute.indexOf(':') + 1);
  if (URIS.has(attribute) || URIS.has(uri) || attribute === 'style') {
    const squeezed = value.slice(0, 80).replace(DROPPED, '');
    const from =
      attribute === 'content' || attribute === 'values' ? squeezed.replace(/^[^;]{0,20};(?:url=)?['"]?/, '') : squeezed;
    if (RUNS.test(from) || RUNS.test(squeezed)) threats.add('markup', 8, 'URI that runs');
  }
  if (element === 'meta' && (attribute === 'http-equiv' || attribute === 'content'))
    threats.add('markup', 2, 'instruction to a browser');
  if (element === 'link' && attribute === 'rel' && /stylesheet|import|preload/.test(value))
    threats.add('markup', 3, 'style of another site');
}

/** `on…` with a letter behind, and no ordinary word: browsers take any such name for a handler of their own or of tomorrow. */
function isHandler(name: string): boolean {
  const bare = /(?:^|[^a-z])on([a-z]{3,40})[^a-z]{0,40}$/.exec(name)?.[1];
  return (
    bare !== undefined &&
    (EVENTS.has(bare) ||
      (bare.length > 4 &&
        !/^(?:line|going|ly|ce|wards?|tology|boarding|screen|site)$/.test(bare) &&
        /(?:over|out|up|down|move|start|end|load|in|click|change|error|key|focus|press|toggle|key|scroll|touch)/.test(
          bare,
        )))
  );
}

/** `';alert(1)//`, `"-f(1)-"`: goes on with a call behind the string of a script that the text was put into. Only the first quote can close it. */
export function detectScriptContinuation(text: string, threats: ThreatCollector): void {
  for (const quote of ["'", '"']) {
    const at = text.indexOf(quote);
    if (at < 0) continue;
    CALL.lastIndex = at + 1;
    if (CALL.test(text)) threats.add('markup', 5, 'call behind a closed string');
  }
}

const CALL =
  /\s{0,4}(?:[;)}\]+*/,|&^%?:-]\s{0,4}){1,6}(?:(?:void|typeof|new)\s{0,4})?(?!select|sleep|concat|char|load_file|and|or)[a-z_$][\w$.]{0,30}\s?(?:\(|`)/y;

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}

function isNameEnd(code: number): boolean {
  return code <= 32 || code === 47 || code === 62 || code === 60;
}

function isAttributeEnd(code: number): boolean {
  return code <= 32 || code === 61 || code === 62 || code === 47 || code === 60;
}

/** A `<` belongs to the value for browsers; here it ends it, so that what it opens is read, and every character once. */
function isValueEnd(code: number): boolean {
  return code <= 32 || code === 62 || code === 60;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at += 1;
  return at;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code > 32 && code !== 47 && code !== 34 && code !== 39) return at;
    at += 1;
  }
  return at;
}
