import { readCondition, startsProjection } from './sql-expression.ts';
import type { SqlLexer } from './sql-lexer.ts';
import { scoreStatement, type Scored } from './sql-statement.ts';

/** What the text before the place is inside of, if it is put into a statement: a string, or nothing, and then a number or a name. */
export type Inside = 'string' | 'number' | 'name';

/** Names and search modes that are gone past, at most: no statement has more, and a text of nothing else must not overflow the stack. */
const MAX_PASSED = 8;
const NOTHING: Scored = { score: 0, feature: '' };

/**
 * Tells whether what follows could go on in the statement that a literal stands in: what an injection has to do. The lexer stands before the
 * first token behind the literal.
 */
export function scoreContinuation(lexer: SqlLexer, inside: Inside): Scored {
  lexer.next();
  let closers = 0;
  while (lexer.kind() === 'close') {
    closers += 1;
    lexer.next();
  }
  const found = scoreNext(lexer, inside, closers);
  const disguised = lexer.inlineComments > 0 && found.score >= 3 ? 2 : 0;
  return found.score === 0
    ? NOTHING
    : {
        score: Math.min(10, found.score + disguised + (closers > 0 && found.score >= 4 ? 1 : 0)),
        feature: found.feature,
      };
}

function scoreNext(lexer: SqlLexer, inside: Inside, closers: number, passed = 0): Scored {
  switch (lexer.kind()) {
    case 'comment':
      return scoreComment(lexer, inside, closers);
    case 'semicolon':
      return scoreStacked(lexer, inside);
    case 'logic':
      lexer.next();
      return scoreConnected(lexer, inside, 'condition behind a closed literal');
    case 'compare':
    case 'arithmetic':
      return scoreOperator(lexer, inside);
    case 'comma':
      return scoreList(lexer, inside);
    case 'open':
      return scoreParenthesis(lexer, inside);
    case 'word':
      return passed > MAX_PASSED ? NOTHING : scoreWord(lexer, inside, closers, passed);
    default:
      return NOTHING;
  }
}

/** `admin'--`: the rest of the statement is cut off. */
function scoreComment(lexer: SqlLexer, inside: Inside, closers: number): Scored {
  if (inside !== 'string') return NOTHING;
  const comment = lexer.token;
  const prefix = lexer.text.slice(0, lexer.start);
  const dashes = comment.startsWith('--');
  const rest = comment.slice(dashes ? 2 : 1).trim();
  // Behind prose and before prose a dash is a dash, and `#` a number sign.
  if (rest.length > 6 || prefix.length > 64) return NOTHING;
  const word = !/\s/.test(prefix.trimEnd().slice(0, -1 - closers));
  const score =
    (dashes || comment.startsWith('/*') ? 4 : 2) + (word ? 2 : 0) + (closers > 0 ? 1 : 0) - (rest === '' ? 0 : 1);
  return { score, feature: 'comment behind a closed literal' };
}

function scoreStacked(lexer: SqlLexer, inside: Inside): Scored {
  lexer.next();
  if (lexer.kind() === 'comment')
    return inside === 'string' ? { score: 5, feature: 'comment behind a closed statement' } : NOTHING;
  const statement = scoreStatement(lexer);
  return statement.score > 0 && inside === 'string'
    ? { ...statement, score: Math.min(10, statement.score + 1) }
    : statement;
}

function scoreConnected(lexer: SqlLexer, inside: Inside, feature: string): Scored {
  const from = lexer.start;
  const { strength } = readCondition(lexer);
  if (strength === 0 && lexer.start === from) return NOTHING;
  const cut = lexer.kind() === 'comment' && lexer.token.length < 12;
  let score = strength;
  if (inside === 'string') score = strength >= 2 ? strength + 1 + (cut ? 2 : 0) : strength + (cut ? 3 : 0);
  else if (inside === 'number') score = strength + (cut ? 3 : 0) - (strength < 5 ? 1 : 0);
  else score = strength >= 5 ? strength + (cut ? 1 : -1) : cut ? strength : Math.min(strength, 2);
  if (lexer.kind() === 'word' && /^(?:union|order|group|having)$/.test(lexer.word()) && score >= 3) score += 1;
  if (lexer.kind() === 'semicolon' && score >= 3) score += 1;
  return { score: Math.max(0, Math.min(10, score)), feature };
}

/** `'||(select …)`, `'='`, `1-sleep(5)`. */
function scoreOperator(lexer: SqlLexer, inside: Inside): Scored {
  const compares = lexer.kind() === 'compare';
  const token = lexer.token;
  if (inside === 'name' && compares) return NOTHING;
  lexer.next();
  if (lexer.kind() === 'open-string' && inside === 'string') {
    const empty = lexer.token.length === 1;
    if (!empty) return { score: compares ? 3 : 1, feature: 'operator between literals' };
    return { score: compares ? 6 : 4, feature: 'operator between literals' };
  }
  if (lexer.kind() === 'string' && inside === 'string' && lexer.token.length === 2 && lexer.text.length < 24)
    return { score: 5, feature: 'operator between literals' };
  const { strength: read, beyondSums } = readCondition(lexer);
  // `2+2=4` is a sum, unless something is cut off behind it.
  const isSum = inside === 'number' && !compares && beyondSums !== null && lexer.kind() !== 'comment';
  const strength = isSum ? beyondSums : read;
  if (strength >= 6)
    return { score: strength + (inside === 'string' ? 1 : 0), feature: 'expression behind a closed literal' };
  const cut = lexer.kind() === 'comment' && lexer.token.length < 12;
  if (inside === 'string' && strength >= 2 && compares && cut)
    return { score: 6, feature: 'comparison behind a closed literal' };
  if (inside === 'string' && token === '=' && strength >= 3)
    return { score: 4, feature: 'comparison behind a closed literal' };
  return NOTHING;
}

/** `1,(select …)`, `id,extractvalue(…)`. */
function scoreList(lexer: SqlLexer, inside: Inside): Scored {
  for (let item = 0; item < 8 && lexer.kind() === 'comma'; item += 1) {
    lexer.next();
    const { strength } = readCondition(lexer);
    if (strength >= 7) return { score: strength, feature: 'expression in a list' };
    if (lexer.kind() === 'close') lexer.next();
    if (lexer.kind() === 'semicolon') return scoreStacked(lexer, inside);
    if (lexer.kind() === 'comment' && inside === 'string' && strength >= 2)
      return { score: 5, feature: 'list behind a closed literal' };
  }
  return NOTHING;
}

function scoreParenthesis(lexer: SqlLexer, inside: Inside): Scored {
  const { strength } = readCondition(lexer);
  return strength >= 7 ? { score: inside === 'string' ? 9 : 8, feature: 'subquery behind a closed literal' } : NOTHING;
}

function scoreWord(lexer: SqlLexer, inside: Inside, closers: number, passed: number): Scored {
  switch (lexer.word()) {
    case 'or':
    case 'and':
    case 'xor':
      lexer.next();
      return scoreConnected(lexer, inside, 'condition behind a closed literal');
    case 'where':
    case 'having':
    case 'when':
    case 'on': {
      if (inside === 'name' && lexer.word() !== 'having' && lexer.word() !== 'where') return NOTHING;
      const having = lexer.word() === 'having';
      lexer.next();
      const found = scoreConnected(lexer, inside, 'clause behind a closed literal');
      return having || found.score >= 5 ? found : NOTHING;
    }
    case 'rlike':
    case 'regexp':
    case 'like':
    case 'glob':
    case 'between':
    case 'in':
    case 'is':
    case 'not':
    case 'div':
    case 'mod':
    case 'sounds':
      return scoreComparison(lexer, inside, closers, passed);
    case 'union':
    case 'intersect':
    case 'except':
    case 'minus':
      return scoreUnion(lexer, inside);
    case 'order':
    case 'group':
      return scoreSorting(lexer, inside);
    case 'limit':
    case 'offset':
      lexer.next();
      return lexer.kind() === 'number' && inside !== 'name'
        ? { score: inside === 'string' ? 5 : 3, feature: 'limit behind a closed literal' }
        : NOTHING;
    case 'procedure':
      lexer.next();
      return isCall(lexer) ? { score: 8, feature: 'procedure behind a closed literal' } : NOTHING;
    case 'into':
      lexer.next();
      return lexer.word() === 'outfile' || lexer.word() === 'dumpfile' ? { score: 9, feature: 'into a file' } : NOTHING;
    case 'waitfor':
    case 'if':
    case 'exec':
    case 'execute':
    case 'declare':
    case 'drop':
    case 'insert':
    case 'delete':
    case 'update':
    case 'select':
    case 'begin':
    case 'shutdown': {
      const waits = lexer.word() === 'waitfor';
      const found = scoreStatement(lexer);
      // Behind a number or a name, `select` and the like begin half of all requests of people.
      return waits || inside === 'string' || closers > 0 ? found : NOTHING;
    }
    case 'as':
      return scoreAlias(lexer, inside, closers, passed);
    default:
      return closers > 0 ? scoreBareAlias(lexer, inside) : NOTHING;
  }
}

/** `… in boolean mode) and …`, `' like '%`. */
function scoreComparison(lexer: SqlLexer, inside: Inside, closers: number, passed: number): Scored {
  const word = lexer.word();
  lexer.next();
  if (word === 'in' && lexer.word() === 'boolean') {
    lexer.next();
    lexer.next();
    while (lexer.kind() === 'close') lexer.next();
    const found = scoreNext(lexer, inside, closers + 1, passed + 1);
    return {
      score: Math.max(3, found.score),
      feature: found.score > 3 ? found.feature : 'search mode behind a closed literal',
    };
  }
  while (lexer.kind() === 'word' && (lexer.word() === 'not' || lexer.word() === 'like' || lexer.word() === 'in'))
    lexer.next();
  const { strength } = readCondition(lexer);
  if (strength >= 6) return { score: strength, feature: 'comparison behind a closed literal' };
  const cut = lexer.kind() === 'comment' && lexer.token.length < 12;
  if (inside === 'string' && cut && strength >= 1) return { score: 6, feature: 'comparison behind a closed literal' };
  if (inside === 'string' && strength >= 3 && word !== 'in' && word !== 'is')
    return { score: 4, feature: 'comparison behind a closed literal' };
  return NOTHING;
}

export function scoreUnion(lexer: SqlLexer, inside: Inside): Scored {
  const comments = lexer.inlineComments;
  lexer.next();
  if (lexer.word() === 'all' || lexer.word() === 'distinct') lexer.next();
  while (lexer.kind() === 'open') lexer.next();
  if (lexer.word() !== 'select' && lexer.word() !== 'values') return NOTHING;
  const hidden = lexer.inlineComments > comments;
  lexer.next();
  if (startsProjection(lexer)) return { score: inside === 'name' ? 8 : 9, feature: 'union select' };
  return { score: hidden ? 6 : inside === 'name' ? 3 : 5, feature: 'union select' };
}

function scoreSorting(lexer: SqlLexer, inside: Inside): Scored {
  lexer.next();
  if (lexer.word() !== 'by') return NOTHING;
  lexer.next();
  if (lexer.kind() !== 'number' && lexer.kind() !== 'open') {
    const { strength } = readCondition(lexer);
    const cut = lexer.kind() === 'comment' && lexer.token.length < 12;
    return strength >= 6 || (cut && inside !== 'name')
      ? { score: Math.max(6, strength), feature: 'sorting behind a closed literal' }
      : NOTHING;
  }
  const { strength } = readCondition(lexer);
  while (lexer.kind() === 'comma') {
    lexer.next();
    readCondition(lexer);
  }
  const cut = lexer.kind() === 'comment' && lexer.token.length < 12;
  const ended = lexer.kind() === 'end' || lexer.kind() === 'semicolon';
  if (!cut && !ended) return strength >= 6 ? { score: strength, feature: 'sorting behind a closed literal' } : NOTHING;
  const base = inside === 'string' ? 6 : inside === 'number' ? 5 : 3;
  return { score: base + (cut ? 2 : 0), feature: 'sorting behind a closed literal' };
}

/** `1) as abcd where 1=1 …`: a derived table is closed and named. */
function scoreAlias(lexer: SqlLexer, inside: Inside, closers: number, passed: number): Scored {
  lexer.next();
  if (lexer.kind() !== 'word' && lexer.kind() !== 'string') return NOTHING;
  lexer.next();
  return scoreNext(lexer, closers > 0 ? 'number' : inside, closers, passed + 1);
}

function scoreBareAlias(lexer: SqlLexer, inside: Inside): Scored {
  lexer.next();
  if (lexer.kind() !== 'word' || (lexer.word() !== 'where' && lexer.word() !== 'union')) return NOTHING;
  return scoreWord(lexer, inside, 1, 0);
}

function isCall(lexer: SqlLexer): boolean {
  if (lexer.kind() !== 'word') return false;
  lexer.next();
  return lexer.kind() === 'open';
}
