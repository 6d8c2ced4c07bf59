import type { ApiDocument, Operation } from '../openapi/model.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { Denial } from '../verdict/denial.ts';
import type { Exchange } from '../exchange.ts';
import type { Policy, RuleName } from '../policy/policy.ts';
import type { PolicySet } from './authorization/policies/policy-set.ts';
import type { Ports } from '../ports.ts';
import type { SchemaCompiler } from '../schema/schema-compiler.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** What a stage may ask while the plan is compiled. */
export interface CompileContext {
  readonly document: ApiDocument;
  readonly policy: Policy;
  readonly schemas: SchemaCompiler;
  /** The attribute policies, compiled; null or absent where there are none. */
  readonly policySet?: PolicySet | null;
  /** Collects problems; the plan is refused at the end with all of them. */
  readonly problems: ConfigurationProblem[];
}

/**
 * The anatomy of every stage that decides over a request.
 * `compile` reads document and policy once and returns what one operation needs, or null where there is nothing to check.
 * `gather` asks the ports for facts and keeps them in the exchange; it returns a promise only when it has to wait, and never rejects:
 * what it could not learn is a fact too, and `decide` denies over it.
 * `decide` is synchronous and looks at nothing but its rule and the exchange.
 */
export interface Stage<Rule> {
  readonly name: RuleName;
  compile(operation: Operation, context: CompileContext): Rule | null;
  gather?(rule: Rule, exchange: Exchange, ports: Ports): Promise<void> | undefined;
  decide(rule: Rule, exchange: Exchange): Denial | null;
  /** Takes back what `decide` changed of the request on its way upstream; asked where the rule is only observed: observing changes nothing. */
  undo?(exchange: Exchange): void;
  /** What was found of this request, in words, a line each, for `explain`; asked after `decide`. */
  explain?(rule: Rule, exchange: Exchange): readonly string[];
  /** What is checked, in words, a line each, for `check` and `explain`. */
  describe(rule: Rule): readonly string[];
}

/**
 * A stage between the accepted body and the upstream: ownership, data on its way in. It finds the body in `exchange.body`, or as a tree in
 * `exchange.json`; `edit` changes what goes upstream, and runs only where the rule is enforced and `decide` passed.
 */
export interface DataStage<Rule> extends Stage<Rule> {
  /** True where the body of this request has to be there whole; asked when its head has passed. */
  readsBody(rule: Rule, exchange: Exchange): boolean;
  /** True where `gather` would ask somebody beyond this process and the answer decides: `explain` says so instead of asking. */
  asks?(rule: Rule, exchange: Exchange): boolean;
  /** Asked in the place of `decide` where the rule is only observed and `edit` would change the request: what it would have changed is a denial, for the record. */
  observe?(rule: Rule, exchange: Exchange): Denial | null;
  /** Returns a promise only where it takes long, and others have their turn meanwhile. */
  edit?(rule: Rule, exchange: Exchange): Promise<void> | undefined | void;
}

/** What is known of an answer before its body. */
export interface AnswerHead {
  /** The one Content-Type; null where none or several are stated. */
  readonly contentType: string | null;
  /** Null where it is not stated. */
  readonly length: number | null;
  /** Whether it is collected whatever stages want, to be checked as a whole. */
  readonly collected: boolean;
}

/**
 * A stage between the upstream's answer and the reply: whose it is, what of it may be seen, how it leaves. Runs over a whole body, after its
 * schema accepted it. `edit` changes what goes out, and runs only where the rule is enforced and `decide` passed.
 */
export interface AnswerStage<Rule> {
  readonly name: RuleName;
  compile(operation: Operation, context: CompileContext): Rule | null;
  /** Whether an answer of this status to this caller concerns it: its body is then collected up to `responses.maxBodyBytes`, whatever its type, and streamed only where it is a stream that is taken in pieces. */
  wants(rule: Rule, status: number, exchange: Exchange, head: AnswerHead): boolean;
  /**
   * True where it changes and denies nothing, as wherever its rule is only observed: it looks once the answer has gone out, and of what goes on as it comes, at the beginning
   * alone.
   */
  looksOnly?(rule: Rule): boolean;
  /**
   * True where a stream of JSON texts that it wants may be given to it in pieces as it comes, each of whole texts, as if it were the whole: it waits for nothing,
   * edits each text by itself, and denies none.
   */
  takesPieces?(rule: Rule, status: number, exchange: Exchange, head: AnswerHead): boolean;
  /** True where an answer too large to be collected may go on without it: what it looks for is promised in smaller answers alone. */
  mayMiss?(rule: Rule): boolean;
  gather?(rule: Rule, answer: UpstreamAnswer, exchange: Exchange, ports: Ports): Promise<void> | undefined;
  decide(rule: Rule, answer: UpstreamAnswer, exchange: Exchange): Denial | null;
  /** Asked in the place of `decide` where the rule is only observed and `edit` would change the answer: what it would have changed is a denial, for the record. */
  observe?(rule: Rule, answer: UpstreamAnswer, exchange: Exchange): Denial | null;
  edit?(rule: Rule, answer: UpstreamAnswer, exchange: Exchange): void;
  describe(rule: Rule): readonly string[];
}
