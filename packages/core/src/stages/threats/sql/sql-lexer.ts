/** What a token is, and no more: which one it is stands in `word`. */
export type SqlToken =
  | 'end'
  | 'number'
  | 'string'
  /** A name in backticks. */
  | 'quoted-name'
  /** A string whose closing quote is that of the statement around: the last literal of an injection. */
  | 'open-string'
  | 'word'
  | 'variable'
  | 'compare'
  | 'arithmetic'
  | 'logic'
  | 'open'
  | 'close'
  | 'comma'
  | 'semicolon'
  /** To the end of the text or the line. */
  | 'comment'
  | 'other';

/**
 * Reads fragments of SQL, of all dialects at once, from any place of a text in lower case. Comments between tokens are blanks; what stands
 * in a conditional comment of MySQL is read. Every token is read once: linear.
 */
export class SqlLexer {
  readonly text: string;
  at: number;
  start = 0;
  #kind: SqlToken = 'end';
  #word = '';
  /** Conditional comments and comments between tokens, which nobody writes into a value. */
  inlineComments = 0;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  next(): SqlToken {
    this.#kind = this.#read();
    return this.#kind;
  }

  /** What the last token is; a method, for it changes with every call of `next`. */
  kind(): SqlToken {
    return this.#kind;
  }

  /** The last token where it is a word, in lower case and at most 40 characters of it; else empty. */
  word(): string {
    return this.#word;
  }

  /** The text of the last token. */
  get token(): string {
    return this.text.slice(this.start, this.at);
  }

  #read(): SqlToken {
    const { text } = this;
    for (;;) {
      this.#skipBlanks();
      this.start = this.at;
      this.#word = '';
      if (this.at >= text.length) return 'end';
      const code = text.charCodeAt(this.at);
      if (code === 47 && text.charCodeAt(this.at + 1) === 42) {
        this.inlineComments += 1;
        if (text.charCodeAt(this.at + 2) === 33) {
          this.at += 3;
          while (isDigit(text.charCodeAt(this.at))) this.at += 1;
          continue;
        }
        const close = text.indexOf('*/', this.at + 2);
        if (close < 0) {
          this.at = text.length;
          return 'comment';
        }
        this.at = close + 2;
        continue;
      }
      // The end of a conditional comment whose content was read.
      if (code === 42 && text.charCodeAt(this.at + 1) === 47 && this.inlineComments > 0) {
        this.at += 2;
        continue;
      }
      // `::jsonb` says what the operand before is, and adds nothing to it: as often as it stands there.
      if (code === 58 && text.charCodeAt(this.at + 1) === 58) {
        this.at += 2;
        while (isWordPart(text.charCodeAt(this.at))) this.at += 1;
        continue;
      }
      return this.#readToken(code);
    }
  }

  #readToken(code: number): SqlToken {
    const { text } = this;
    const next = text.charCodeAt(this.at + 1);
    if (isLetter(code) || code > 127) return this.#readWord();
    if (isDigit(code) || (code === 46 && isDigit(next))) return this.#readNumber(code, next);
    switch (code) {
      case 34:
      case 39:
      case 96:
        return this.#readString(code);
      case 35:
        // `#>` and `#>>` reach into JSON in PostgreSQL.
        if (next === 62) return this.#take(text.charCodeAt(this.at + 2) === 62 ? 3 : 2, 'compare');
        return this.#comment();
      case 45:
        if (next === 45) return this.#comment();
        if (next === 62) return this.#take(text.charCodeAt(this.at + 2) === 62 ? 3 : 2, 'compare');
        this.at += 1;
        return 'arithmetic';
      case 40:
        this.at += 1;
        return 'open';
      case 41:
        this.at += 1;
        return 'close';
      case 44:
        this.at += 1;
        return 'comma';
      case 59:
        this.at += 1;
        return 'semicolon';
      case 64:
        if (next === 62) return this.#take(2, 'compare');
        return this.#readVariable();
      case 63:
        return this.#take(next === 124 || next === 38 ? 2 : 1, 'compare');
      case 61:
      case 60:
      case 62:
        this.at += 1;
        while (isCompare(text.charCodeAt(this.at))) this.at += 1;
        if (code === 60 && text.charCodeAt(this.at) === 64) this.at += 1;
        return 'compare';
      case 33:
        this.at += 1;
        if (next !== 61) return 'arithmetic';
        this.at += 1;
        return 'compare';
      case 38:
      case 124:
        this.at += next === code ? 2 : 1;
        return next === code ? 'logic' : 'arithmetic';
      case 43:
      case 42:
      case 47:
      case 37:
      case 94:
      case 126:
        this.at += 1;
        return 'arithmetic';
      default:
        this.at += 1;
        return 'other';
    }
  }

  #take(length: number, kind: SqlToken): SqlToken {
    this.at += length;
    return kind;
  }

  #skipBlanks(): void {
    const { text } = this;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if (code > 32 && code !== 0xa0) return;
      this.at += 1;
    }
  }

  #comment(): SqlToken {
    const line = this.text.indexOf('\n', this.at);
    this.at = line < 0 ? this.text.length : line + 1;
    return 'comment';
  }

  #readWord(): SqlToken {
    const { text } = this;
    while (this.at < text.length && isWordPart(text.charCodeAt(this.at))) this.at += 1;
    this.#word = text.slice(this.start, Math.min(this.at, this.start + 40));
    return 'word';
  }

  #readNumber(code: number, next: number): SqlToken {
    const { text } = this;
    if (code === 48 && (next === 120 || next === 98)) this.at += 2;
    while (isNumberPart(text.charCodeAt(this.at))) this.at += 1;
    const after = text.charCodeAt(this.at);
    // `1e5` is a number; `1st` and `30-day` are words, and `1or` is two tokens to some dialects.
    if (!isLetter(after) || code === 48) {
      while (isHexPart(text.charCodeAt(this.at)) && code === 48) this.at += 1;
      return isLetter(text.charCodeAt(this.at)) ? this.#readMixed() : 'number';
    }
    const rest = text.slice(this.at, this.at + 6);
    if (/^e[+-]?\d/.test(rest)) {
      this.at += 2;
      while (isDigit(text.charCodeAt(this.at))) this.at += 1;
      return 'number';
    }
    return /^(?:or|and|xor|union|like|div|in)\b/.test(rest) ? 'number' : this.#readMixed();
  }

  #readMixed(): SqlToken {
    while (isWordPart(this.text.charCodeAt(this.at))) this.at += 1;
    return 'other';
  }

  #readVariable(): SqlToken {
    const { text } = this;
    this.at += 1;
    while (text.charCodeAt(this.at) === 64) this.at += 1;
    const from = this.at;
    while (isWordPart(text.charCodeAt(this.at))) this.at += 1;
    return this.at > from ? 'variable' : 'other';
  }

  #readString(quote: number): SqlToken {
    const { text } = this;
    const character = String.fromCharCode(quote);
    let at = this.at + 1;
    for (;;) {
      const close = text.indexOf(character, at);
      if (close < 0) {
        this.at = text.length;
        return 'open-string';
      }
      if (text.charCodeAt(close + 1) === quote && close > this.at) {
        // A doubled quote is one quote of the literal, unless the literal is empty: `''`.
        at = close + 2;
        continue;
      }
      this.at = close + 1;
      return quote === 96 ? 'quoted-name' : 'string';
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || code === 95;
}

function isWordPart(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 36 || code === 46 || code > 127;
}

function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 46;
}

function isHexPart(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

function isCompare(code: number): boolean {
  return code === 61 || code === 60 || code === 62;
}
