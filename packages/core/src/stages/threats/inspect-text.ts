import { detectBackticks } from './backticks.ts';
import { decodeBase64 } from './base64-layer.ts';
import { decodeLayers } from './decode-layers.ts';
import { detectDisguise } from './disguised-command.ts';
import { findShapes, findXmlShapes } from './find-shapes.ts';
import { detectMarkup, detectScriptContinuation } from './markup.ts';
import { detectPaths } from './paths.ts';
import { shellPlain } from './shell-plain.ts';
import { shortenBlanks } from './shorten-blanks.ts';
import { detectSqlContinuation, startsNumeric, withoutSqlComments } from './sql/detect-sql.ts';
import { detectTargets } from './ssrf.ts';
import {
  AMPERSAND,
  ANGLE,
  BACKSLASH,
  BACKTICK,
  BLANK,
  BRACE,
  DOT,
  BRACKET,
  COLON,
  CONTROL,
  DASH,
  DIGIT,
  DOLLAR,
  EQUALS,
  HASH,
  PAREN,
  PERCENT,
  PIPE,
  PLUS,
  QUOTE,
  SEMICOLON,
  SLASH,
  STAR,
  surveyText,
  UNUSUAL,
} from './survey.ts';
import { type Threat, ThreatCollector } from './threat.ts';

const NOTHING: readonly Threat[] = Object.freeze([]);

const NO_HOSTS: ReadonlySet<string> = new Set();

/** What a detector can begin with; letters, digits, blanks, and the points of sentences are nothing. */
const SIGNS =
  QUOTE |
  ANGLE |
  PERCENT |
  AMPERSAND |
  BACKSLASH |
  BRACE |
  PAREN |
  SEMICOLON |
  PIPE |
  DOLLAR |
  HASH |
  EQUALS |
  CONTROL |
  STAR |
  UNUSUAL |
  BRACKET |
  BACKTICK |
  SLASH;
/** A program with an option, and no sign: `powershell -enc …`. */
const CALLED =
  /^\s*(?:powershell|pwsh|socat|openssl|certutil|ncat|netcat|nc|bash|sh|zsh|ksh|dash|python|perl|ruby|php|node|find|vim?)[\d.]{0,4}(?:\.exe)?\s+(?:[\w.]{1,12}\s+)?-/i;
const ENCLOSING = COLON | QUOTE | ANGLE | PAREN | SEMICOLON;

/**
 * Looks into one text, as it came and as whoever decodes it again would read it, and tells what it could do where it is not expected.
 * Heaviest first; empty for an ordinary text. Linear in its length. `uri` where the schema says that the text is one;
 * `hosts` in lower case, where one may lead.
 */
export function inspectText(text: string, uri = false, hosts: ReadonlySet<string> = NO_HOSTS): readonly Threat[] {
  const bits = surveyText(text);
  if (!uri && !isSuspicious(text, bits)) return NOTHING;
  const threats = new ThreatCollector();
  inspectOnce(text, bits, uri, hosts, threats);
  if ((bits & ENCLOSING) === 0 && text.length >= 8) {
    const hidden = decodeBase64(text);
    if (hidden !== null) inspectOnce(hidden, surveyText(hidden), false, hosts, threats);
  }
  return threats.empty ? NOTHING : threats.threats();
}

/** What a text of XML as a whole could do to its parser: entities, inclusions, objects. Its texts and attribute values are inspected each for itself. */
export function inspectXml(xml: string): readonly Threat[] {
  const threats = new ThreatCollector();
  findXmlShapes(shortenBlanks(xml.toLowerCase()), surveyText(xml), threats);
  return threats.threats();
}

/** Whether a text with these signs, of this length, may be worth a look: for whoever has the signs before the text. */
export function isWorthALook(bits: number, length: number): boolean {
  if ((bits & SIGNS) !== 0) return true;
  return (bits & BLANK) === 0 ? length >= 8 || (bits & (COLON | PLUS)) !== 0 : (bits & (DIGIT | DASH)) !== 0;
}

/** Whether a text with these signs, all of them ASCII or not told apart, is worth all the looks that there are. */
export function isSuspicious(text: string, bits: number): boolean {
  return (bits & SIGNS) !== 0 || isSuspiciousWithoutSigns(text, bits);
}

/** The same for a name: nothing but a sign, or words, can make one anything but a name. */
export function isNameWorthALook(bits: number): boolean {
  return (bits & (SIGNS | BLANK | COLON | PLUS | DOT)) !== 0;
}

/** One word of letters does nothing by itself, unless it stands for something else. */
const WORD = /^[A-Za-z]{1,24}$/;
/** An identifier, a moment, an e-mail address: nearly every value without blanks is one of these, and nobody can do anything with them. */
const HARMLESS = new RegExp(
  `^(?:${[
    '[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}',
    String.raw`\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?`,
    String.raw`[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){0,4}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}`,
  ].join('|')})$`,
);

/** `1 or 1 like 1`, `1+union+select`, base64, a run of dots, `javascript:…`: without a sign that would stand out. */
function isSuspiciousWithoutSigns(text: string, bits: number): boolean {
  if (bits === 0 && WORD.test(text)) return decodeBase64(text) !== null;
  if ((bits & BLANK) !== 0)
    return (
      ((bits & DASH) !== 0 && CALLED.test(text)) ||
      ((bits & DIGIT) !== 0 && (startsNumeric(text) || (text.length >= 16 && decodeBase64(text) !== null)))
    );
  if (text.length < 8) return (bits & (COLON | PLUS)) !== 0 || text.includes('..');
  return !HARMLESS.test(text);
}

function inspectOnce(
  text: string,
  bits: number,
  uri: boolean,
  hosts: ReadonlySet<string>,
  threats: ThreatCollector,
): void {
  const decoded = decodeLayers(text, bits);
  if (decoded !== text) {
    detect(text, decoded.toLowerCase(), surveyText(decoded) | bits, uri, hosts, threats);
    // Entities and percent-encoding hide nothing that stands beside them; folding and unescaping may.
    if ((bits & (BACKSLASH | PLUS | UNUSUAL)) === 0) return;
  }
  detect(text, text.toLowerCase(), bits, uri, hosts, threats);
}

function detect(
  raw: string,
  lower: string,
  bits: number,
  uri: boolean,
  hosts: ReadonlySet<string>,
  threats: ThreatCollector,
): void {
  const text = shortenBlanks(lower);
  detectSqlContinuation(text, bits, threats);
  findShapes(
    (bits & STAR) !== 0 && (bits & SLASH) !== 0 && text.includes('/*') ? shortenBlanks(withoutSqlComments(text)) : text,
    bits,
    threats,
  );
  if (
    (bits & DOLLAR) !== 0 ||
    ((bits & (BACKSLASH | QUOTE)) !== 0 && (bits & (PIPE | AMPERSAND | SEMICOLON | BACKTICK | SLASH)) !== 0)
  ) {
    const plain = shellPlain(text);
    if (plain !== text) findShapes(shortenBlanks(plain), bits, threats);
  }
  if ((bits & (QUOTE | BACKSLASH | DOLLAR | BACKTICK)) !== 0) detectDisguise(text, threats);
  if ((bits & QUOTE) !== 0 && (bits & (PAREN | BACKTICK)) !== 0) detectScriptContinuation(text, threats);
  if ((bits & BACKTICK) !== 0) detectBackticks((bits & DOLLAR) !== 0 ? shellPlain(text) : text, threats);
  if ((bits & ANGLE) !== 0) detectMarkup(text, threats);
  if ((bits & (SLASH | BACKSLASH | COLON | CONTROL | BRACE)) !== 0 || text.includes('..'))
    detectPaths(raw, text, threats);
  if (uri || (bits & COLON) !== 0) detectTargets(text, uri, hosts, threats);
}
