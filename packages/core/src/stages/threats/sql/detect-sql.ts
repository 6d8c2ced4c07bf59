import type { ThreatCollector } from '../threat.ts';
import { QUOTE } from '../survey.ts';
import { scoreContinuation, scoreUnion, type Inside } from './sql-continuation.ts';
import type { Scored } from './sql-statement.ts';
import { SqlLexer } from './sql-lexer.ts';

const QUOTES = ["'", '"'] as const;

/**
 * Looks for SQL where an injection has to begin: behind the literal that the text was meant to be, as a number or a name, or in quotes of
 * each kind. `text` is in lower case. What is SQL wherever it stands is left to the shapes.
 */
export function detectSqlContinuation(text: string, bits: number, threats: ThreatCollector): void {
  report(scoreBare(text), threats);
  if ((bits & QUOTE) === 0) return;
  for (const quote of QUOTES) {
    let at = text.indexOf(quote);
    // Quotes that follow at once are an escaped quote, or an empty literal.
    for (let opened = 0; at >= 0 && opened < 3; opened += 1) {
      report(scoreContinuation(new SqlLexer(text, at + 1), 'string'), threats);
      if (text.charCodeAt(at + 1) !== quote.charCodeAt(0)) break;
      at += 1;
    }
  }
}

/** Whether a text begins as a number would, and goes on with a word of SQL. */
export function startsNumeric(text: string): boolean {
  return /^[\s(+-]*\d[\d.]*\s+(?:or|and|xor|union|having|order|group|rlike|like|regexp|between|procedure|limit|in|is|div|mod|into|not|where|as|waitfor|sounds)\b/i.test(
    text,
  );
}

/** A text that was meant to be a number or a name, and goes on. */
function scoreBare(text: string): Scored {
  const lexer = new SqlLexer(text, 0);
  lexer.next();
  let inside: Inside = 'number';
  for (
    let signs = 0;
    signs < 8 && (lexer.kind() === 'arithmetic' || lexer.kind() === 'open' || lexer.kind() === 'close');
    signs += 1
  ) {
    if (lexer.kind() === 'close') return scoreContinuation(new SqlLexer(text, lexer.start), 'number');
    lexer.next();
  }
  if (lexer.kind() === 'word') {
    if (lexer.word() === 'union') return scoreUnion(lexer, 'number');
    if (STARTS.has(lexer.word())) return scoreContinuation(new SqlLexer(text, lexer.start), 'name');
    inside = 'name';
  } else if (lexer.kind() !== 'number') return { score: 0, feature: '' };
  return scoreContinuation(lexer, inside);
}

const STARTS = new Set('or and xor order having where waitfor procedure into rlike like'.split(' '));

function report({ score, feature }: Scored, threats: ThreatCollector): void {
  if (score >= 2) threats.add('sql', score, feature);
}

/** Comments as the blank that they are to SQL; a conditional comment as what it holds. One pass. */
export function withoutSqlComments(text: string): string {
  let result = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('/*', at);
    if (open < 0) return result + text.slice(at).replaceAll('*/', ' ');
    result += `${text.slice(at, open)} `;
    if (text.charCodeAt(open + 2) === 33) {
      at = open + 3;
      while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
      continue;
    }
    const close = text.indexOf('*/', open + 2);
    if (close < 0) return result;
    at = close + 2;
  }
}
