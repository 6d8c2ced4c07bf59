import type { CompileContext } from '../stage.ts';
import type { Exchange } from '../../exchange.ts';
import type { MediaType, Operation, RequestBody } from '../../openapi/model.ts';
import type { UndeclaredMembers } from '../../schema/schema-compiler.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { operationPolicy } from '../../policy/operation-policy.ts';
import { isUncompressed, keepsAscii } from './body-format.ts';
import { BodyCheck, type SelectedBody, type Unselected } from './body-check.ts';
import { describeContents } from './content-lines.ts';
import { parseMediaType } from './media-type.ts';

/** What one operation does with request bodies. */
export interface BodyRule {
  /** Bodies above this are refused; while they arrive, for the shell to enforce. */
  readonly maxBytes: number;
  /** True where the body has to be there whole before `decide`; false where it can be passed on as it comes. After `decideHead` has passed. */
  collects(exchange: Exchange): boolean;
  /**
   * Decides before a byte of the body is read: BODY_UNEXPECTED, BODY_MISSING, BODY_TOO_LARGE (by Content-Length), BODY_TYPE_UNSUPPORTED,
   * BODY_ENCODING_UNSUPPORTED, where no body comes as well.
   */
  decideHead(exchange: Exchange): Denial | null;
  /** Decides over `exchange.body`, and replaces it where undeclared members were stripped: BODY_MISSING, BODY_TOO_LARGE, BODY_MALFORMED, BODY_INVALID. */
  decide(exchange: Exchange): Denial | null;
  describe(): readonly string[];
}

/** Compiles the rule for request bodies of an operation; one that declares no body refuses any. Throws `SchemaCompileError`. */
export function compileBody(operation: Operation, context: CompileContext): BodyRule {
  const stated = operationPolicy(context.policy, operation);
  const maxBytes = stated.maxBodyBytes ?? context.policy.requests.maxBodyBytes;
  return operation.requestBody === null
    ? new NoBodyRule(operation, maxBytes)
    : new DeclaredBodyRule(operation, operation.requestBody, maxBytes, context);
}

/** True where a body comes: HTTP/1.1 has no way to send one but to announce it in the head (RFC 9112, section 6.3), HTTP/2 has. */
export function announcesBody(exchange: Exchange): boolean {
  const { contentLength, transferEncoding } = exchange.headers;
  return exchange.bodyFollows || transferEncoding !== null || (contentLength !== null && !/^0+$/.test(contentLength));
}

/** Whether a server could read the query in a charset that is none of those with ASCII in them: by what is malformed too, where it names one. */
function hasOtherCharset(contentType: string | null): boolean {
  if (contentType === null) return false;
  const type = parseMediaType(contentType);
  return type === null ? /charset/i.test(contentType) : !keepsAscii(type);
}

function denyCharset(rule: string): Denial {
  return deny('BODY_ENCODING_UNSUPPORTED', 'body', { rule, detail: UNSELECTED.charset });
}

class NoBodyRule implements BodyRule {
  readonly maxBytes: number;
  readonly #id: string;

  constructor(operation: Operation, maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#id = operation.id;
  }

  collects(): boolean {
    return false;
  }

  decideHead(exchange: Exchange): Denial | null {
    if (announcesBody(exchange)) return this.#unexpected();
    return hasOtherCharset(exchange.headers.contentType) ? denyCharset(this.#id) : null;
  }

  decide(exchange: Exchange): Denial | null {
    return exchange.body !== null && exchange.body.length > 0 ? this.#unexpected() : null;
  }

  describe(): readonly string[] {
    return ['no request body is declared: any is refused'];
  }

  #unexpected(): Denial {
    return deny('BODY_UNEXPECTED', 'body', { rule: this.#id });
  }
}

const UNSELECTED: Readonly<Record<Unselected, string>> = {
  missing: 'A body needs a Content-Type.',
  malformed: 'The Content-Type is malformed.',
  undeclared: 'The operation does not take this Content-Type.',
  charset: 'The charset must be utf-8.',
};

const UNDECLARED: Readonly<Record<UndeclaredMembers, string>> = {
  'as-declared': 'passed on, unless the schema says `additionalProperties: false`',
  refuse: 'refused',
  strip: 'left out',
};

/** A body of objects whose schema says what members they have. */
function hasMembers({ range, schema, itemSchema }: MediaType): boolean {
  return (schema ?? itemSchema) !== null && /json|form|multipart|\*/i.test(range);
}

const NOTHING = new Uint8Array(0);

class DeclaredBodyRule implements BodyRule {
  readonly maxBytes: number;
  readonly #id: string;
  readonly #required: boolean;
  readonly #check: BodyCheck;
  readonly #description: readonly string[];
  readonly #types: string;

  constructor(operation: Operation, body: RequestBody, maxBytes: number, context: CompileContext) {
    const { requests } = context.policy;
    this.maxBytes = maxBytes;
    this.#id = operation.id;
    this.#required = body.required;
    const undeclared = operationPolicy(context.policy, operation).undeclaredProperties ?? requests.undeclaredProperties;
    this.#check = new BodyCheck(body.content, {
      direction: 'request',
      undeclared,
      lookalikes: requests.lookalikeNames ?? 'refuse',
      bounds: { maxDepth: requests.maxDepth, maxKeys: requests.maxKeys },
      maxItemBytes: maxBytes,
      schemas: context.schemas,
      document: context.document,
    });
    this.#types = body.content.map(({ range }) => range).join(', ');
    const unchecked = this.#check.checks.flatMap((check) =>
      check.unchecked === null ? [] : [`not checked: ${check.unchecked}`],
    );
    this.#description = [
      `${body.required ? 'required' : 'optional'}, at most ${maxBytes} bytes: ${this.#types}`,
      ...(body.content.some(hasMembers) ? [`undeclared members: ${UNDECLARED[undeclared]}`] : []),
      ...new Set(unchecked),
      ...describeContents(body.content, 'request', context),
    ];
  }

  collects(exchange: Exchange): boolean {
    const selected = this.#check.select(exchange.headers.contentType);
    return typeof selected !== 'string' && selected.check.whole !== null;
  }

  decideHead(exchange: Exchange): Denial | null {
    const { contentEncoding, contentLength, contentType } = exchange.headers;
    if (!announcesBody(exchange)) {
      if (this.#required && !this.#takesEmpty(exchange)) return this.#missing();
      return hasOtherCharset(contentType) ? denyCharset(this.#id) : null;
    }
    // A compressed body would be inflated upstream, unchecked and unbounded.
    if (!isUncompressed(contentEncoding)) {
      return deny('BODY_ENCODING_UNSUPPORTED', 'body', { rule: this.#id, headers: ['Accept-Encoding', 'identity'] });
    }
    const selected = this.#check.select(contentType);
    if (typeof selected === 'string') return this.#unselected(selected);
    if (selected.format === 'binary' && !keepsAscii(selected.type)) return this.#unselected('charset');
    if (contentLength !== null && Number(contentLength) > this.maxBytes) return this.#tooLarge();
    return null;
  }

  decide(exchange: Exchange): Denial | null {
    const body = exchange.body;
    if (body === null || body.length === 0)
      return this.#required && !this.#takesEmpty(exchange) ? this.#missing() : null;
    if (body.length > this.maxBytes) return this.#tooLarge();
    const selected = this.#check.select(exchange.headers.contentType);
    if (typeof selected === 'string') return this.#unselected(selected);
    return this.#checkWhole(selected, body, exchange);
  }

  /**
   * Whether a body of no bytes is one all the same: a length of 0 says that there is one (RFC 9112, section 6), and a form without fields, a text or a
   * file may be empty where its schema lets it. JSON, XML and multipart never are.
   */
  #takesEmpty({ bodyFollows, headers }: Exchange): boolean {
    if (!bodyFollows && headers.contentLength === null && headers.transferEncoding === null) return false;
    const selected = this.#check.select(headers.contentType);
    if (typeof selected === 'string') return false;
    const { whole } = selected.check;
    return whole === null ? selected.format !== 'xml' : whole(NOTHING, selected.type).ok;
  }

  #checkWhole(selected: SelectedBody, body: Uint8Array, exchange: Exchange): Denial | null {
    if (selected.check.whole === null) return null;
    const result = selected.check.whole(body, selected.type);
    if (!result.ok) return deny(result.code, 'body', { rule: this.#id, errors: result.errors });
    exchange.body = result.bytes;
    return null;
  }

  describe(): readonly string[] {
    return this.#description;
  }

  #missing(): Denial {
    return deny('BODY_MISSING', 'body', { rule: this.#id });
  }

  #tooLarge(): Denial {
    return deny('BODY_TOO_LARGE', 'body', { rule: this.#id, facts: { maxBytes: this.maxBytes } });
  }

  #unselected(why: Unselected): Denial {
    const code = why === 'charset' ? 'BODY_ENCODING_UNSUPPORTED' : 'BODY_TYPE_UNSUPPORTED';
    return deny(code, 'body', { rule: this.#id, detail: UNSELECTED[why], facts: { declared: this.#types } });
  }
}
