import { SQL_FUNCTIONS } from '../words/sql-words.ts';
import type { SqlLexer, SqlToken } from './sql-lexer.ts';

/** How much an operand looks like one of SQL: `literal` stands for itself, `call` and `subquery` for code, `name` for any word of prose. */
export type Operand = 'none' | 'name' | 'literal' | 'open' | 'call' | 'function' | 'subquery';

/** Parentheses and operands of one expression, at most: what is longer has said enough. */
const MAX_DEPTH = 24;
const MAX_TERMS = 48;

const CONNECT = new Set(['and', 'or', 'xor', 'not']);
const COMPARE = new Set([
  'like',
  'rlike',
  'regexp',
  'ilike',
  'between',
  'in',
  'is',
  'glob',
  'similar',
  'sounds',
  'div',
  'mod',
  'escape',
]);
const UNARY = new Set(['not', 'binary', 'distinct', 'all', 'any', 'some', 'exists', 'interval', 'unique']);
const CONSTANT = new Set(['null', 'true', 'false', 'unknown', 'current_user', 'session_user', 'rownum']);

/** What was read of an expression. */
export interface Expression {
  /** From 0, prose, to 9, a condition that only SQL has. */
  readonly strength: number;
  readonly feature: string;
  /** The same without what compares one literal to another, which sums of people do as well; null where conditions are connected. */
  readonly beyondSums: number | null;
}

/**
 * Reads a condition whose first token the lexer stands on, and leaves the lexer behind it. The strength tells how little it could be prose:
 * a comparison of two literals is sure, two words with `and` between them are nothing.
 */
export function readCondition(lexer: SqlLexer, depth = 0): Expression {
  let strength = 0;
  let feature = 'operand';
  let beyondSums: number | null = 0;
  let left: Operand = 'none';
  let previous: 'none' | 'compare' | 'connect' | 'arithmetic' = 'none';
  for (let term = 0; term < MAX_TERMS; term += 1) {
    const from = lexer.start;
    const operand = readOperand(lexer, depth);
    if (operand.kind === 'none') {
      // A connective with nothing behind it is prose cut off.
      return { strength: Math.min(strength, 8), feature, beyondSums };
    }
    if (operand.strength > strength) ({ strength, feature } = operand);
    if (beyondSums !== null && operand.strength > beyondSums) beyondSums = operand.strength;
    if (previous === 'compare') {
      const pair = pairStrength(left, operand.kind);
      if (beyondSums !== null && pair > beyondSums && (left !== 'literal' || operand.kind !== 'literal'))
        beyondSums = pair;
      if (pair > strength) [strength, feature] = [pair, 'comparison'];
    } else if (
      previous === 'arithmetic' &&
      left !== 'name' &&
      left !== 'none' &&
      strength < 3 &&
      operand.kind !== 'name'
    )
      strength = 3;
    left = operand.kind === 'open' ? 'literal' : operand.kind;
    const connector = connectorOf(lexer);
    if (connector === 'none' || lexer.start === from)
      return { strength: closing(lexer, strength), feature, beyondSums };
    previous = connector;
    if (connector === 'connect') beyondSums = null;
    lexer.next();
    // `is not null`, `not like`, `not in`, `sounds like`, `between … and …`
    while (lexer.kind() === 'word' && (UNARY.has(lexer.word()) || COMPARE.has(lexer.word())) && term < MAX_TERMS) {
      if (COMPARE.has(lexer.word())) previous = 'compare';
      term += 1;
      lexer.next();
    }
  }
  return { strength, feature, beyondSums };
}

/** Prose goes on with a word where SQL could not. */
function closing(lexer: SqlLexer, strength: number): number {
  switch (lexer.kind()) {
    case 'word':
      return FOLLOWING.has(lexer.word()) ? strength : strength >= 8 ? strength - 2 : Math.min(strength, 2);
    case 'other':
      return Math.min(strength, 4);
    default:
      return strength;
  }
}

const FOLLOWING = new Set(
  'union order group having limit offset where into procedure for as asc desc from then else end when intersect except minus collate escape rlike like'.split(
    ' ',
  ),
);

function connectorOf(lexer: SqlLexer): 'none' | 'compare' | 'connect' | 'arithmetic' {
  if (lexer.kind() === 'compare') return 'compare';
  if (lexer.kind() === 'arithmetic') return 'arithmetic';
  if (lexer.kind() === 'logic') return 'connect';
  if (lexer.kind() !== 'word') return 'none';
  if (CONNECT.has(lexer.word())) return 'connect';
  return COMPARE.has(lexer.word()) ? 'compare' : 'none';
}

function pairStrength(left: Operand, right: Operand): number {
  if (left === 'subquery' || right === 'subquery') return 9;
  if (left === 'function' || right === 'function') return 8;
  const named = (left === 'name' ? 1 : 0) + (right === 'name' ? 1 : 0);
  if (named === 2) return 2;
  if (named === 1) return 5;
  return 8;
}

interface ReadOperand {
  readonly kind: Operand;
  readonly strength: number;
  readonly feature: string;
}

const NOTHING: ReadOperand = { kind: 'none', strength: 0, feature: '' };

function readOperand(lexer: SqlLexer, depth: number): ReadOperand {
  let signs = 0;
  while (
    signs < 8 &&
    ((lexer.kind() === 'arithmetic' && lexer.token !== '/') || (lexer.kind() === 'word' && UNARY.has(lexer.word())))
  ) {
    signs += 1;
    if (lexer.word() === 'exists' || lexer.word() === 'distinct') signs += 8;
    lexer.next();
  }
  switch (lexer.kind()) {
    case 'number':
      lexer.next();
      return { kind: 'literal', strength: 2, feature: 'number' };
    case 'string':
      lexer.next();
      return { kind: 'literal', strength: 1, feature: 'string' };
    case 'quoted-name':
      lexer.next();
      return { kind: 'name', strength: 0, feature: '' };
    case 'open-string':
      lexer.next();
      return { kind: 'open', strength: 3, feature: 'open string' };
    case 'variable':
      lexer.next();
      return { kind: 'literal', strength: 5, feature: 'variable' };
    case 'open':
      return readParenthesis(lexer, depth);
    case 'word':
      return readName(lexer, depth);
    default:
      return NOTHING;
  }
}

function readParenthesis(lexer: SqlLexer, depth: number): ReadOperand {
  lexer.next();
  if (depth >= MAX_DEPTH) return { kind: 'literal', strength: 4, feature: 'deep parentheses' };
  if (lexer.kind() === 'word' && (lexer.word() === 'select' || lexer.word() === 'values')) {
    lexer.next();
    const real = startsProjection(lexer);
    skipToClose(lexer);
    return { kind: real ? 'subquery' : 'name', strength: real ? 9 : 2, feature: 'subquery' };
  }
  const inside = readCondition(lexer, depth + 1);
  while (lexer.kind() === 'comma') {
    lexer.next();
    readCondition(lexer, depth + 1);
  }
  if (lexer.kind() === 'close') lexer.next();
  return { kind: inside.strength >= 2 ? 'literal' : 'name', strength: inside.strength, feature: inside.feature };
}

function readName(lexer: SqlLexer, depth: number): ReadOperand {
  const word = lexer.word();
  if (word === 'select') {
    lexer.next();
    return startsProjection(lexer) ? { kind: 'subquery', strength: 6, feature: 'select' } : NOTHING;
  }
  if (word === 'case') {
    lexer.next();
    if (lexer.kind() === 'word' && lexer.word() === 'when')
      return { kind: 'function', strength: 8, feature: 'case expression' };
    return { kind: 'name', strength: 0, feature: '' };
  }
  if (CONNECT.has(word) || COMPARE.has(word) || FOLLOWING.has(word)) {
    // `like(…)` is a function of SQLite.
    if (lexer.text.charCodeAt(lexer.at) !== 40) return NOTHING;
  }
  lexer.next();
  if (lexer.kind() === 'open') return readCall(lexer, word, depth);
  if (CONSTANT.has(word)) return { kind: 'literal', strength: word === 'null' ? 3 : 2, feature: 'constant' };
  return { kind: 'name', strength: 0, feature: '' };
}

function readCall(lexer: SqlLexer, name: string, depth: number): ReadOperand {
  const adjacent = lexer.text.charCodeAt(lexer.start - 1) !== 32;
  lexer.next();
  let inner = 0;
  if (depth < MAX_DEPTH && lexer.kind() !== 'close') {
    inner = readCondition(lexer, depth + 1).strength;
    for (let argument = 0; argument < 16 && lexer.kind() === 'comma'; argument += 1) {
      lexer.next();
      inner = Math.max(inner, readCondition(lexer, depth + 1).strength);
    }
  }
  if (lexer.kind() === 'close') lexer.next();
  const dotted = name.indexOf('.') > 0;
  if (SQL_FUNCTIONS.has(name) || (dotted && /^(?:dbms_|utl_|ctxsys|sys\.|user_lock|pg_|master\.)/.test(name)))
    return { kind: 'function', strength: adjacent || inner >= 2 ? 7 : 4, feature: 'function' };
  return { kind: 'call', strength: Math.max(inner >= 5 ? inner : 0, adjacent ? 3 : 1), feature: 'call' };
}

/** Whether what follows `select` is a list of columns rather than the rest of a sentence. */
export function startsProjection(lexer: SqlLexer): boolean {
  if (lexer.kind() === 'word' && /^(?:all|distinct|top|sql_calc_found_rows)$/.test(lexer.word())) lexer.next();
  switch (lexer.kind()) {
    case 'number':
    case 'variable':
    case 'string':
    case 'open-string':
    case 'open':
      return true;
    case 'arithmetic':
      return lexer.token === '*' || lexer.token === '-' || lexer.token === '~' || lexer.token === '+';
    case 'word': {
      if (CONSTANT.has(lexer.word()) || lexer.word() === 'case' || lexer.word() === 'if') return true;
      lexer.next();
      // A name alone, `select x`, could be a sentence; with a comma, a parenthesis, a table or the end behind it, it is a list.
      const kind: SqlToken = lexer.kind();
      return (
        kind === 'comma' ||
        kind === 'open' ||
        kind === 'comment' ||
        kind === 'end' ||
        kind === 'semicolon' ||
        kind === 'arithmetic' ||
        kind === 'close' ||
        (kind === 'word' &&
          (lexer.word() === 'from' || lexer.word() === 'where' || lexer.word() === 'as' || lexer.word() === 'union'))
      );
    }
    default:
      return false;
  }
}

function skipToClose(lexer: SqlLexer): void {
  let depth = 1;
  for (let token = 0; token < 400 && lexer.kind() !== 'end'; token += 1) {
    if (lexer.kind() === 'open') depth += 1;
    else if (lexer.kind() === 'close') {
      depth -= 1;
      if (depth === 0) {
        lexer.next();
        return;
      }
    }
    lexer.next();
  }
}
