import type { ApiDocument, Operation } from '../openapi/model.ts';
import type { Denial } from '../verdict/denial.ts';
import type { Exchange } from '../exchange.ts';
import type { HeadRule } from '../stages/head/head.ts';
import type { BodyRule } from '../stages/validation/body.ts';
import type { ResponseRule } from '../stages/validation/response.ts';
import type { Mode, Modes, Policy, RuleName } from '../policy/policy.ts';
import type { ConfigurationProblem } from '../configuration-error.ts';
import type { PolicySet } from '../stages/authorization/policies/policy-set.ts';
import type { OwnedAnswerRule } from '../stages/ownership/owned-answer.ts';
import type { Ports } from '../ports.ts';
import type { AnswerForm } from '../stages/data/encryption/answer-form.ts';
import type { ReplyHeaderRule } from '../stages/head/reply-headers.ts';
import type { Router } from './router.ts';
import type { SchemaCompiler } from '../schema/schema-compiler.ts';
import type { AnswerHead } from '../stages/stage.ts';
import type { UnusableRule } from './unusable-rules.ts';
import type { UpstreamAnswer } from '../stages/upstream-answer.ts';

/** A stage bound to its rule for one operation. */
export interface PlannedStep {
  readonly rule: RuleName;
  readonly mode: Exclude<Mode, 'off'>;
  readonly gather: ((exchange: Exchange, ports: Ports) => Promise<void> | undefined) | null;
  readonly decide: (exchange: Exchange) => Denial | null;
  /** Null or absent where there is nothing to tell beyond the denial. */
  readonly explain?: ((exchange: Exchange) => readonly string[]) | null;
  readonly describe: () => readonly string[];
  /** Learns something for later steps and denies nothing; there is nothing to tell of it. */
  readonly gathersOnly?: true;
}

/** A stage between the accepted body and the upstream, bound to its rule. `edit` is null where the rule is only observed. */
export interface PlannedDataStep extends PlannedStep {
  readonly readsBody: (exchange: Exchange) => boolean;
  /** True where somebody beyond this process would be asked, and decide. */
  readonly asks: ((exchange: Exchange) => boolean) | null;
  readonly edit: ((exchange: Exchange) => Promise<void> | undefined | void) | null;
}

/** A stage between the upstream's answer and the reply, bound to its rule. `edit` is null where the rule is only observed. */
export interface PlannedAnswerStep {
  readonly rule: RuleName;
  readonly mode: Exclude<Mode, 'off'>;
  readonly wants: (status: number, exchange: Exchange, head: AnswerHead) => boolean;
  /** It changes and denies nothing, by itself or because it is only observed, and looks once the answer has gone out. */
  readonly looksOnly: boolean;
  /** A stream may be given to it in pieces of whole texts. */
  readonly takesPieces: (status: number, exchange: Exchange, head: AnswerHead) => boolean;
  /** An answer too large to be collected goes on without it, where nothing else forbids that. */
  readonly mayMiss: boolean;
  readonly gather: ((answer: UpstreamAnswer, exchange: Exchange, ports: Ports) => Promise<void> | undefined) | null;
  readonly decide: (answer: UpstreamAnswer, exchange: Exchange) => Denial | null;
  readonly edit: ((answer: UpstreamAnswer, exchange: Exchange) => void) | null;
  readonly describe: () => readonly string[];
}

/** Fields of an answer that were encrypted on their way to the upstream: opened before the answer is held against its schema. No mode switches it. */
export interface PlannedOpening {
  /** An answer of this status and Content-Type (null: none, or several) is collected as a whole, up to `responses.maxBodyBytes`. */
  readonly wants: (status: number, contentType: string | null) => boolean;
  readonly open: (answer: UpstreamAnswer, exchange: Exchange, ports: Ports) => Denial | null | Promise<Denial | null>;
  readonly describe: () => readonly string[];
}

/** What is compiled from an operation's schemas, on first use: a large document has thousands and most are never called. */
export interface OperationChecks {
  /** Null where there is nothing to check or the rule is off. */
  readonly parameters: PlannedStep | null;
  /** Policies that read parameters, decided over once those are checked; null or absent where there are none. */
  readonly parameterPolicies?: PlannedStep | null;
  readonly body: { readonly rule: BodyRule; readonly mode: Exclude<Mode, 'off'> } | null;
  readonly response: { readonly rule: ResponseRule; readonly mode: Exclude<Mode, 'off'> } | null;
  /** Between the accepted body and the upstream, in order. */
  readonly data: readonly PlannedDataStep[];
  /** Whose the objects of an answer are: asked before anything else is decided over it. Null where nothing is owned. */
  readonly owned: OwnedAnswerRule | null;
  /** Null or absent where nothing of its answers is encrypted. */
  readonly opening?: PlannedOpening | null;
  /** Looks at headers that go out, and edits them; null or absent where nothing is encrypted anywhere. */
  readonly headers?: ((headers: string[], exchange: Exchange) => Denial | null) | null;
  /** How the upstream is asked for its answers. Absent: as the client asks. */
  readonly form?: AnswerForm;
  /** Between the upstream's answer and the reply, in order. */
  readonly answer: readonly PlannedAnswerStep[];
  /** Behind the reply: they look at what went out. */
  readonly looks: readonly PlannedAnswerStep[];
  /** Rules that cannot be applied, for their schemas cannot be compiled. Absent: none. */
  readonly unusable?: readonly UnusableRule[];
}

/** One operation, compiled. */
export interface PlannedOperation {
  readonly operation: Operation;
  readonly modes: Modes;
  /** What is decided before anything of the body is read, in order. */
  readonly steps: readonly PlannedStep[];
  /** The switched-off rules, for `check`. */
  readonly off: readonly RuleName[];
  /** Overrides the upstream's first-byte timeout; null keeps it. */
  readonly timeoutMs: number | null;
  /** The upstream is asked for whole answers: a part would be refused. */
  readonly wholeAnswers: boolean;
  /** Compiles on the first call and keeps the result. Where a schema cannot be compiled, the rule that needs it says so of every request. */
  checks(): OperationChecks;
}

/** Document and policy compiled: everything a request needs. Frozen, and replaced whole on reload. */
export interface Plan {
  readonly document: ApiDocument;
  readonly policy: Policy;
  readonly schemas: SchemaCompiler;
  readonly operations: readonly PlannedOperation[];
  readonly router: Router<PlannedOperation>;
  readonly head: HeadRule;
  /** For answers of requests that match nothing, where matching is only observed, and of operations whose responses are not checked. */
  readonly unguardedResponse: ResponseRule;
  readonly replyHeaders: ReplyHeaderRule;
  /** What is allowed and yet worth a word, found when the plan was compiled. */
  readonly warnings: readonly ConfigurationProblem[];
  /** The attribute policies, compiled; null where there are none. */
  readonly policySet: PolicySet | null;
  /** Limits that hold for requests which match no operation too. */
  readonly unmatched: readonly PlannedStep[];
}
