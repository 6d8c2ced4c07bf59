import { EditableJson } from './json/editable-json.ts';
import type { CredentialFact } from './stages/authentication/credential-fact.ts';
import type { Fields } from './stages/ownership/field-ids.ts';
import type { Finding } from './record/access-record.ts';
import type { Denial } from './verdict/denial.ts';
import type { LimitState, PlannedLimit } from './stages/limits/limit-state.ts';
import type { PolicyProgress } from './stages/authorization/policies/policies.ts';
import type { OwnerCheck } from './policy/ownership-coverage.ts';
import type { Inflated } from './ports.ts';
import type { OwnerAnswer } from './stages/ownership/owner-answer.ts';
import type { Principal } from './principal.ts';
import type { PlannedOperation } from './plan/plan.ts';

/** The header fields that stages ask for by name, read once from the raw head. Null where absent; a name that may stand once stands once. */
export class KnownHeaders {
  accept: string | null = null;
  authorization: string | null = null;
  contentEncoding: string | null = null;
  contentLength: string | null = null;
  contentType: string | null = null;
  cookie: string | null = null;
  host: string | null = null;
  origin: string | null = null;
  traceparent: string | null = null;
  transferEncoding: string | null = null;
  upgrade: string | null = null;
}

/**
 * One request and its response: facts as the shell and the stages learn them. Fields are fixed so that the shape stays fixed.
 * `method`, `rawHeaders` and what is derived from them are as the client sent them: nothing is verified until its stage has passed.
 */
export class Exchange {
  readonly requestId: string;
  /** Epoch milliseconds of the first byte of the head. */
  readonly nowMs: number;
  readonly method: string;
  /** The request target as it stood in the request line. */
  readonly target: string;
  /** Names and values in turn, in the order and case sent. */
  readonly rawHeaders: readonly string[];
  /** The peer's address; behind a trusted proxy, the client's: see `clientAddress`. */
  readonly peerAddress: string;
  readonly secure: boolean;

  httpVersion = '1.1';
  /** The wire has made sure that no value of `rawHeaders` holds a control character. */
  headChecked = false;
  /** A body follows the head, whatever the headers say of it: over HTTP/2 they need not (RFC 9113, section 8.1). */
  bodyFollows = false;
  readonly headers = new KnownHeaders();
  /** The canonical path, percent-encoded, starting with `/`; `''` until the head stage passed. */
  path = '';
  /** What stands after `?`, without it; null where there is none. */
  query: string | null = null;
  /** What the shell knows of a TLS connection; looked into by the ports of the shell alone. Null without TLS. */
  connection: object | null = null;

  clientAddress = '';
  clientScheme: 'http' | 'https' = 'http';
  clientHost = '';
  /** SHA-256 of the DER of the client certificate that this connection proved, in base64url without padding (RFC 8705, section 3.1); null where there is none. */
  certificateThumbprint: string | null = null;

  operation: PlannedOperation | null = null;
  /** Percent-encoded values of the template's expressions, in the template's order. */
  pathValues: readonly string[] = [];
  /** Other methods of the matched path when the method is unknown; for `Allow`. */
  allow: readonly string[] = [];

  principal: Principal | null = null;
  /** False where a role may have been granted to the principal in the store and the store could not tell. */
  grantsKnown = true;
  /** The raw-header indexes (of the name) and query names that carried credentials: they do not go upstream. */
  credentialHeaders: readonly string[] = [];
  credentialQuery: readonly string[] = [];
  credentialCookies: readonly string[] = [];
  /** What the request proved to each security scheme of the operation, in the order of `readSecurity`; the facts that authentication and authorization decide over. */
  credentials: readonly CredentialFact[] = [];
  /** Index into the operation's `security` of the alternative that the principal stands for; -1 until one was proved. */
  securityAlternative = -1;

  /** Headers that stages add to whatever is answered, names and values in turn. */
  replyHeaders: string[] = [];

  /** The query without what `requests.unknownParameters: strip` took out: null where nothing was, `''` where nothing is left. `upstreamQuery` gives what to send. */
  rewrittenQuery: string | null = null;
  /** The path to send upstream, and the values of the template's expressions in it, where they are not those of the client; null where they are. */
  upstreamPath: string | null = null;
  upstreamPathValues: readonly string[] | null = null;
  /** The Cookie header without what `requests.unknownCookies: strip` took out: null where nothing was, `''` where nothing is left. */
  rewrittenCookie: string | null = null;

  /** How far the attribute policies have decided; null before that and where there are none. */
  policies: PolicyProgress | null = null;

  limits: { readonly limit: PlannedLimit; readonly state: LimitState }[] = [];

  /** The whole request body where the operation collects it; null before that and where there is none. */
  body: Uint8Array | null = null;
  /** What `body` is once it is inflated, where it came compressed and is looked into all the same; it goes upstream as it came. */
  inflated: Inflated | null = null;
  /** What `json` was read from. */
  #parsedBody: Uint8Array | null = null;
  #json: EditableJson | null = null;

  /** The fields of `body`, where it is a form or multipart and an owned id was looked for in it. */
  readBody: { readonly body: Uint8Array; readonly fields: Fields | null } | null = null;
  /** The ids that were found in the request while a call is made over them. */
  requestedIds: Map<OwnerCheck, readonly string[] | Denial> | null = null;

  /** Sensitive data in unmarked places of the answer: where and of what kind, never the value. */
  findings: Finding[] = [];
  /** What was learnt of whose the objects are that the request names, by check and id; null where nobody was asked. */
  owners: Map<string, OwnerAnswer> | null = null;
  /** Objects that were asked for and are not the principal's, or not there; each as `resource/id`. */
  strange: string[] = [];

  denial: Denial | null = null;
  /** Denials of rules in `observe` mode. */
  observed: Denial[] = [];
  /** The reply is out, or the client has left: what is still done for this exchange, is done for nobody. */
  ended = false;
  #atEnd: (() => void)[] | null = null;

  constructor(
    requestId: string,
    nowMs: number,
    method: string,
    target: string,
    rawHeaders: readonly string[],
    peerAddress: string,
    secure: boolean,
  ) {
    this.requestId = requestId;
    this.nowMs = nowMs;
    this.method = method;
    this.target = target;
    this.rawHeaders = rawHeaders;
    this.peerAddress = peerAddress;
    this.clientAddress = peerAddress;
    this.secure = secure;
    this.clientScheme = secure ? 'https' : 'http';
  }

  /** Calls once when the exchange ends; now where it has. */
  whenEnded(call: () => void): void {
    if (this.ended) call();
    else if (this.#atEnd === null) this.#atEnd = [call];
    else this.#atEnd.push(call);
  }

  /** Says that it has ended; once. */
  end(): void {
    this.ended = true;
    const calls = this.#atEnd;
    this.#atEnd = null;
    if (calls !== null) for (const call of calls) call();
  }

  /**
   * The body as a tree to read and edit; null where there is none or it is no strict JSON. Whether it was meant to be JSON says the
   * Content-Type alone. Edits reach the upstream by `applyEdits`.
   */
  get json(): EditableJson | null {
    if (this.body === null) return null;
    if (this.#parsedBody !== this.body) {
      this.#json = EditableJson.parse(this.body);
      this.#parsedBody = this.body;
    }
    return this.#json;
  }

  /** Puts the edited tree in the body's place. */
  applyEdits(): void {
    if (this.body !== null && this.#parsedBody === this.body && this.#json?.edited === true)
      this.body = this.#json.bytes();
  }
}
