import { startsProjection } from './sql-expression.ts';
import type { SqlLexer, SqlToken } from './sql-lexer.ts';

/** How much a text looks like SQL, and by what. */
export interface Scored {
  readonly score: number;
  readonly feature: string;
}

const NOTHING: Scored = { score: 0, feature: '' };
const OBJECTS = new Set(
  'table database schema view function procedure user role login index column trigger sequence type aggregate package extension server assembly alias temporary temp or event tablespace'.split(
    ' ',
  ),
);

/** Scores a statement whose first word the lexer stands on, by what has to follow that word in SQL and does not in a sentence. */
export function scoreStatement(lexer: SqlLexer): Scored {
  if (lexer.kind() !== 'word') return NOTHING;
  const word = lexer.word();
  lexer.next();
  switch (word) {
    case 'select':
      return startsProjection(lexer) ? made(8, 'second statement') : NOTHING;
    case 'insert':
    case 'replace':
      return lexer.word() === 'into' || lexer.word() === 'ignore' ? made(8, 'second statement') : NOTHING;
    case 'delete':
      return lexer.word() === 'from' ? made(8, 'second statement') : NOTHING;
    case 'update':
      return scoreUpdate(lexer);
    case 'drop':
    case 'create':
    case 'alter':
    case 'truncate':
    case 'rename':
    case 'backup':
    case 'restore':
      return scoreDefinition(lexer);
    case 'exec':
    case 'execute':
      return scoreExecute(lexer);
    case 'declare':
      return lexer.kind() === 'variable' || lexer.word() !== ''
        ? made(lexer.kind() === 'variable' ? 9 : 4, 'second statement')
        : NOTHING;
    case 'set':
      return lexer.kind() === 'variable' ? made(8, 'second statement') : NOTHING;
    case 'begin':
    case 'call':
      return scoreCall(lexer);
    case 'waitfor':
      return lexer.word() === 'delay' || lexer.word() === 'time' ? made(10, 'time delay') : NOTHING;
    case 'if':
    case 'while':
      return scoreIf(lexer);
    case 'shutdown':
      return lexer.kind() === 'end' || lexer.kind() === 'comment' || lexer.word() === 'with'
        ? made(7, 'second statement')
        : NOTHING;
    case 'grant':
    case 'revoke':
      return /^(?:all|select|insert|update|delete|execute|usage|dba)$/.test(lexer.word())
        ? made(7, 'second statement')
        : NOTHING;
    case 'copy':
      return scoreCopy(lexer);
    case 'load':
      return lexer.word() === 'data' ? made(8, 'second statement') : NOTHING;
    case 'attach':
      return lexer.word() === 'database' ? made(8, 'second statement') : NOTHING;
    case 'merge':
      return lexer.word() === 'into' ? made(8, 'second statement') : NOTHING;
    case 'do':
    case 'kill':
    case 'use':
    case 'pragma':
    case 'vacuum':
      return scoreShort(lexer, word);
    default:
      return NOTHING;
  }
}

function made(score: number, feature: string): Scored {
  return { score, feature };
}

function scoreUpdate(lexer: SqlLexer): Scored {
  if (lexer.kind() !== 'word' && lexer.kind() !== 'string') return NOTHING;
  lexer.next();
  if (lexer.word() !== 'set') return NOTHING;
  lexer.next();
  lexer.next();
  return lexer.kind() === 'compare' ? made(9, 'second statement') : made(5, 'second statement');
}

function scoreDefinition(lexer: SqlLexer): Scored {
  if (!OBJECTS.has(lexer.word())) return NOTHING;
  lexer.next();
  return lexer.kind() === 'word' || lexer.kind() === 'string' ? made(8, 'second statement') : NOTHING;
}

function scoreExecute(lexer: SqlLexer): Scored {
  if (lexer.kind() === 'variable' || lexer.kind() === 'string') return made(7, 'second statement');
  if (lexer.kind() === 'open') {
    lexer.next();
    return isLiteral(lexer.kind()) ? made(7, 'second statement') : NOTHING;
  }
  return /^(?:master|xp_|sp_|immediate|\w+\.)/.test(lexer.word()) ? made(9, 'second statement') : NOTHING;
}

function scoreCall(lexer: SqlLexer): Scored {
  if (lexer.kind() !== 'word') return NOTHING;
  lexer.next();
  return lexer.kind() === 'open' ? made(8, 'second statement') : NOTHING;
}

function scoreIf(lexer: SqlLexer): Scored {
  if (lexer.kind() !== 'open') return NOTHING;
  for (let token = 0; token < 40 && lexer.kind() !== 'end'; token += 1) {
    lexer.next();
    if (lexer.word() === 'select' || lexer.word() === 'waitfor' || lexer.word() === 'exists')
      return made(8, 'second statement');
  }
  return NOTHING;
}

function scoreCopy(lexer: SqlLexer): Scored {
  lexer.next();
  return lexer.word() === 'from' || lexer.word() === 'to' ? made(8, 'second statement') : NOTHING;
}

function scoreShort(lexer: SqlLexer, word: string): Scored {
  if (word === 'do' && lexer.kind() === 'variable') return NOTHING;
  const subject = lexer.kind();
  const dollar = lexer.word().startsWith('$') || lexer.token === '$';
  lexer.next();
  if (word === 'do')
    return (subject === 'word' && lexer.kind() === 'open') || dollar ? made(7, 'second statement') : NOTHING;
  return (subject === 'word' || subject === 'number') &&
    (lexer.kind() === 'end' || lexer.kind() === 'comment' || lexer.kind() === 'compare')
    ? made(4, 'second statement')
    : NOTHING;
}

function isLiteral(kind: SqlToken): boolean {
  return kind === 'string' || kind === 'open-string' || kind === 'variable';
}
