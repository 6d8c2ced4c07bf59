import { ANONYMOUS, type Principal } from '../principal.ts';
import { boundBody } from './body-bound.ts';
import { answerOptions } from '../stages/cors/cors.ts';
import { codeEntry, type Code } from '../verdict/catalogue.ts';
import { decideHead } from '../stages/head/head.ts';
import { deny, type Denial, type StageName } from '../verdict/denial.ts';
import { Exchange } from '../exchange.ts';
import { describeOwnedAnswer } from '../stages/ownership/owned-answer.ts';
import { answersPreflight, settle } from './decide.ts';
import { imaginedHead } from './imagined-head.ts';
import type { RuleName } from '../policy/policy.ts';
import type { OperationChecks, Plan, PlannedOperation, PlannedStep } from './plan.ts';
import type { Ports } from '../ports.ts';

/** Who is to be imagined; what is left out is empty. */
export interface ImaginedPrincipal {
  readonly subject: string;
  /** Who vouches for it, as the roles granted in a store are granted to a subject of an issuer. */
  readonly issuer?: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A request that is never sent. */
export interface ImaginedRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn. `Host` is added where it is missing. */
  readonly headers: readonly string[];
  /** A bearer token, sent where the operation takes one. */
  readonly token: string | null;
  /** An API key, sent where the operation takes one. */
  readonly key: string | null;
  /** Taken as proved, instead of a credential. */
  readonly principal: ImaginedPrincipal | null;
  readonly body: Uint8Array | null;
  /** The connection it comes on, for the ports of the shell: one that shows a certificate. */
  readonly connection?: object;
  readonly nowMs: number;
}

/** What one stage says of the request, or would if it were reached. */
export interface ExplainedStage {
  readonly stage: StageName;
  /** `asks`: somebody beyond this process would be asked here, and decide. */
  readonly outcome: 'pass' | 'deny' | 'observed' | 'off' | 'not reached' | 'answer' | 'asks';
  /** What the stage checks here, in words. */
  readonly checks: readonly string[];
  readonly denial: Denial | null;
}

/** What would happen to one request. */
export interface Explanation {
  readonly method: string;
  readonly target: string;
  /** The operation's id; null where none matched. */
  readonly operation: string | null;
  /** The principal's roles with all that they inherit, where the policy declares roles; null where it does not, and for nobody. */
  readonly roles: readonly string[] | null;
  readonly stages: readonly ExplainedStage[];
  /** `passed` means passed on to the upstream. */
  readonly verdict: 'passed' | 'denied' | 'answered';
  readonly code: Code | null;
  readonly status: number | null;
}

/** Runs the stages over an imagined request, the same code as over a real one, and tells what each says. Asks the ports, sends nothing. */
export async function explain(plan: Plan, ports: Ports, request: ImaginedRequest): Promise<Explanation> {
  const sent = imaginedHead(plan, request);
  const exchange = new Exchange(
    'explain',
    request.nowMs,
    request.method,
    sent.target,
    sent.headers,
    '127.0.0.1',
    plan.policy.listen.tls !== null,
  );
  exchange.body = request.body;
  exchange.connection = request.connection ?? null;
  const run = new Run(request.target, exchange, (plan.policy.roles ?? null) !== null);
  if (run.decide('head', ['one meaning: target, headers, lengths'], 'enforce', () => decideHead(plan.head, exchange)))
    return run.end();
  const own = ports.ownPaths?.get(exchange.path);
  if (own !== undefined) return run.answer(null, own.what);
  const { value, allow, values } = plan.router.find(exchange.path, exchange.method);
  if (value === null || answersPreflight(plan, exchange)) {
    if (allow.length > 0 && exchange.method === 'OPTIONS')
      return run.answer(
        answerOptions(exchange, allow, plan.policy.cors).status,
        'OPTIONS is answered from the document',
      );
    const refused = run.decide('match', [], plan.policy.modes.match, () =>
      allow.length > 0
        ? deny('METHOD_UNKNOWN', 'match', { headers: ['Allow', allow.join(', ')] })
        : deny('PATH_UNKNOWN', 'match'),
    );
    if (!refused) run.body(plan, null);
    return run.end();
  }
  exchange.operation = value;
  exchange.pathValues = values;
  run.pass('match', [`${value.operation.method} ${value.operation.path}`]);
  await run.steps(value, ports, request.principal);
  exchange.principal ??= ANONYMOUS;
  return run.schemas(plan, value, ports);
}

/** Rules that are part of a stage of another name. */
const STAGE_OF: Partial<Record<RuleName, StageName>> = { roles: 'authorization', responses: 'response' };

/** Collects what the stages say until one of them denies. */
class Run {
  /** As it was asked for: without a key that was put into its query. */
  readonly #target: string;
  readonly #exchange: Exchange;
  readonly #hasRoles: boolean;
  readonly #stages: ExplainedStage[] = [];
  #denial: Denial | null = null;
  #answered: number | null = null;
  #isAnswered = false;

  constructor(target: string, exchange: Exchange, hasRoles: boolean) {
    this.#target = target;
    this.#exchange = exchange;
    this.#hasRoles = hasRoles;
  }

  pass(stage: StageName, checks: readonly string[]): void {
    this.#stages.push({ stage, outcome: this.#denial === null ? 'pass' : 'not reached', checks, denial: null });
  }

  /** True when the request ends here. */
  decide(
    stage: StageName,
    checks: readonly string[],
    mode: 'off' | 'observe' | 'enforce',
    decide: () => Denial | null,
    found: () => readonly string[] = () => [],
  ): boolean {
    if (mode === 'off') this.#stages.push({ stage, outcome: 'off', checks: [], denial: null });
    else if (this.#denial !== null) this.#stages.push({ stage, outcome: 'not reached', checks, denial: null });
    else {
      const denial = decide();
      this.#denial = settle(denial, mode, this.#exchange);
      this.#stages.push({
        stage,
        outcome: denial === null ? 'pass' : this.#denial === null ? 'observed' : 'deny',
        checks: [...checks, ...found()],
        denial,
      });
    }
    return this.#denial !== null;
  }

  /** `status` is null where it depends on more than the request. */
  answer(status: number | null, what: string): Explanation {
    this.#isAnswered = true;
    this.#answered = status;
    this.#stages.push({
      stage: 'match',
      outcome: 'answer',
      checks: [what],
      denial: null,
    });
    return this.end();
  }

  async steps(operation: PlannedOperation, ports: Ports, imagined: ImaginedPrincipal | null): Promise<void> {
    for (const step of operation.steps) {
      if (step.gathersOnly === true) await step.gather?.(this.#exchange, ports);
      else if (imagined !== null && step.rule === 'authentication') {
        this.#exchange.principal = toPrincipal(imagined);
        this.pass('authentication', [`imagined: ${imagined.subject}`]);
      } else await this.#step(step, ports, imagined);
    }
  }

  async #step(step: PlannedStep, ports: Ports, imagined: ImaginedPrincipal | null): Promise<void> {
    if (imagined !== null && step.rule === 'authorization') this.#proveWith(toPrincipal(imagined));
    if (this.#denial === null) await step.gather?.(this.#exchange, ports);
    this.#decideStep(step);
  }

  #decideStep(step: PlannedStep): void {
    this.decide(
      STAGE_OF[step.rule] ?? (step.rule as StageName),
      step.describe(),
      step.mode,
      () => step.decide(this.#exchange),
      () => step.explain?.(this.#exchange) ?? [],
    );
  }

  /** Authorization asks each scheme's own credential; an imagined principal stands for all of them, under the alternative it satisfies best. */
  #proveWith(principal: Principal): void {
    const security = this.#exchange.operation?.operation.security ?? [];
    const names = [...new Set(security.flatMap((alternative) => alternative.map(({ scheme }) => scheme)))];
    this.#exchange.credentials = names.map(() => ({ state: 'proved' as const, principal }));
    const held = (name: string): boolean => principal.scopes.has(name) || principal.roles.includes(name);
    const satisfied = security.findIndex((alternative) => alternative.every(({ scopes }) => scopes.every(held)));
    this.#exchange.securityAlternative = satisfied >= 0 ? satisfied : 0;
  }

  async schemas(plan: Plan, operation: PlannedOperation, ports: Ports): Promise<Explanation> {
    const { parameters, parameterPolicies, body, response, data, owned, answer, looks } = operation.checks();
    if (parameters !== null)
      this.decide('parameters', parameters.describe(), parameters.mode, () => parameters.decide(this.#exchange));
    else this.decide('parameters', [], operation.modes.parameters === 'off' ? 'off' : 'enforce', () => null);
    if (parameterPolicies) this.#decideStep(parameterPolicies);
    this.body(plan, body);
    for (const step of data) {
      if (this.#denial === null && step.asks?.(this.#exchange) === true) {
        this.#stages.push({ stage: step.rule as StageName, outcome: 'asks', checks: step.describe(), denial: null });
        continue;
      }
      await this.#step(step, ports, null);
      if (this.#denial === null) {
        await step.edit?.(this.#exchange);
        this.#exchange.applyEdits();
      }
    }
    if (this.#denial === null)
      this.#stages.push({
        stage: 'upstream',
        outcome: 'pass',
        checks: ['the request would be passed on here'],
        denial: null,
      });
    if (owned !== null)
      this.#stages.push({
        stage: 'ownership',
        outcome: this.#denial === null ? 'asks' : 'not reached',
        checks: describeOwnedAnswer(owned),
        denial: null,
      });
    // Where answers cannot be checked, the stage has stood before the upstream.
    if (!data.some(({ rule }) => rule === 'responses'))
      this.#stages.push({
        stage: 'response',
        outcome: response === null ? 'off' : 'not reached',
        checks: response === null ? [] : response.rule.describe(),
        denial: null,
      });
    for (const step of [...answer, ...looks])
      this.#stages.push({
        stage: step.rule as StageName,
        outcome: 'not reached',
        checks: step.describe(),
        denial: null,
      });
    return this.end();
  }

  /** Holds the body against its rule, null where there is none. One that is larger than it may be and not refused for it goes on unread. */
  body(plan: Plan, body: OperationChecks['body']): void {
    const exchange = this.#exchange;
    const sent = exchange.body;
    const bound = boundBody(plan, exchange);
    const tooLarge = sent !== null && sent.length > bound.maxBytes;
    const head = body?.rule.decideHead(exchange) ?? null;
    const isWrongOtherwise = head !== null && head.code !== 'BODY_TOO_LARGE';
    const lines = body?.rule.describe() ?? [];
    if (!tooLarge || isWrongOtherwise)
      this.decide('body', lines, body?.mode ?? 'off', () => {
        return head ?? (body === null || sent === null ? null : body.rule.decide(exchange));
      });
    if (tooLarge && (!isWrongOtherwise || (this.#denial === null && bound.mode === 'enforce')))
      this.decide('body', lines, bound.mode, () =>
        deny('BODY_TOO_LARGE', 'body', { facts: { maxBytes: bound.maxBytes } }),
      );
    if (body?.mode === 'observe') exchange.body = sent;
    if (tooLarge) exchange.body = null;
  }

  end(): Explanation {
    const { method, operation, principal } = this.#exchange;
    return {
      method,
      target: this.#target,
      operation: operation?.operation.id ?? null,
      roles: this.#hasRoles && principal !== null && principal.kind !== 'anonymous' ? principal.roles : null,
      stages: this.#stages,
      verdict: this.#denial !== null ? 'denied' : this.#isAnswered ? 'answered' : 'passed',
      code: this.#denial?.code ?? null,
      status: this.#denial !== null ? codeEntry(this.#denial.code).status : this.#answered,
    };
  }
}

function toPrincipal(imagined: ImaginedPrincipal): Principal {
  return {
    kind: 'token',
    subject: imagined.subject,
    issuer: imagined.issuer ?? 'imagined',
    scopes: new Set(imagined.scopes ?? []),
    roles: imagined.roles ?? [],
    attributes: imagined.attributes ?? {},
    schemes: [],
    keyId: null,
  };
}
