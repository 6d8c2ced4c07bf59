import { compileBody, type BodyRule } from '../stages/validation/body.ts';
import { compileResponse, compileUnguardedResponse } from '../stages/validation/response.ts';
import { deny, type Denial, type StageName } from '../verdict/denial.ts';
import { operationPolicy } from '../policy/operation-policy.ts';
import { parameters } from '../stages/validation/parameters.ts';
import { compileErrorOf } from '../schema/compile-error-of.ts';
import { usedSchemas } from '../openapi/used-schemas.ts';
import { bind } from './stage-order.ts';
import type { CompileContext } from '../stages/stage.ts';
import type { Mode, Modes } from '../policy/policy.ts';
import type { Operation, SchemaSource } from '../openapi/model.ts';
import type { SchemaCompileError } from '../schema/schema-compiler.ts';
import type { OperationChecks, PlannedDataStep, PlannedStep } from './plan.ts';

/** A rule of one operation that cannot be applied, because a schema that it needs cannot be compiled. */
export interface UnusableRule {
  readonly rule: (typeof SCHEMA_RULES)[number];
  readonly mode: Exclude<Mode, 'off'>;
  readonly error: SchemaCompileError;
}

type SchemaChecks = Pick<OperationChecks, 'parameters' | 'body' | 'response'> & {
  readonly unusable: readonly UnusableRule[];
  /** Goes before the other stages between body and upstream. */
  readonly guard: PlannedDataStep | null;
};

export const SCHEMA_RULES = ['parameters', 'body', 'responses'] as const;
const PARAMETERS = bind(parameters);
const STAGES: Readonly<Record<UnusableRule['rule'], StageName>> = {
  parameters: 'parameters',
  body: 'body',
  responses: 'response',
};

/**
 * Compiles what an operation's schemas are needed for. A rule whose schemas cannot be compiled says so of every request, with OPERATION_UNUSABLE in its
 * own mode: enforced it refuses the operation before the upstream is asked, observed it is recorded and checks nothing.
 */
export function compileSchemaChecks(operation: Operation, context: CompileContext, modes: Modes): SchemaChecks {
  const unusable: UnusableRule[] = [];
  const attempt = <Rule>(
    rule: UnusableRule['rule'],
    compile: () => Rule,
    instead: (unusable: UnusableRule) => Rule,
  ): Rule | null => {
    const mode = modes[rule];
    if (mode === 'off') return null;
    try {
      return compile();
    } catch (error) {
      const one: UnusableRule = { rule, mode, error: asCompileError(error, operation, rule) };
      unusable.push(one);
      return instead(one);
    }
  };
  let guard: PlannedDataStep | null = null;
  const bound = attempt(
    'parameters',
    () => PARAMETERS.bind(operation, context, modes.parameters),
    (one) => standIn(operation, one),
  );
  const body = attempt(
    'body',
    () => compileBody(operation, context),
    (one) => new UnusableBodyRule(operation, context, one),
  );
  const response = attempt(
    'responses',
    () => compileResponse(operation, context),
    (one) => {
      guard = { ...standIn(operation, one), readsBody: () => false, asks: null, edit: null };
      return { ...compileUnguardedResponse(context.policy.responses), id: operation.id, describe: () => [] };
    },
  );
  return {
    parameters: bound,
    body: body === null ? null : { rule: body, mode: modes.body as UnusableRule['mode'] },
    response: response === null ? null : { rule: response, mode: modes.responses as UnusableRule['mode'] },
    unusable,
    guard,
  };
}

/** Whatever compiling throws is about this rule of this operation alone: a schema too deep for the call stack must neither end a door nor open it. */
export function asCompileError(error: unknown, operation: Operation, rule: UnusableRule['rule']): SchemaCompileError {
  const [source = { file: operation.file, pointer: operation.pointer, dialect: 'json-schema-2020-12', node: true }] =
    schemasOf(operation, rule);
  return compileErrorOf(error, source);
}

/** What stands in the place of a rule that cannot be applied. */
function standIn(operation: Operation, unusable: UnusableRule): PlannedStep {
  const denial = denialOf(operation, unusable);
  return {
    rule: unusable.rule,
    mode: unusable.mode,
    gather: null,
    decide: () => denial,
    describe: () => describe(unusable),
  };
}

class UnusableBodyRule implements BodyRule {
  readonly maxBytes: number;
  readonly #denial: Denial;
  readonly #description: readonly string[];

  constructor(operation: Operation, context: CompileContext, unusable: UnusableRule) {
    this.maxBytes = operationPolicy(context.policy, operation).maxBodyBytes ?? context.policy.requests.maxBodyBytes;
    this.#denial = denialOf(operation, unusable);
    this.#description = describe(unusable);
  }

  collects(): boolean {
    return false;
  }

  decideHead(): Denial {
    return this.#denial;
  }

  /** Where the mode let the head pass, it was recorded then. */
  decide(): null {
    return null;
  }

  describe(): readonly string[] {
    return this.#description;
  }
}

function denialOf(operation: Operation, { rule, error }: UnusableRule): Denial {
  const { file, pointer } = error.source;
  return deny('OPERATION_UNUSABLE', STAGES[rule], { rule: operation.id, facts: { schema: `${file}#${pointer}` } });
}

function describe({ mode }: UnusableRule): readonly string[] {
  return mode === 'enforce'
    ? ['a schema cannot be compiled: every call is refused (OPERATION_UNUSABLE)']
    : ['not checked: a schema cannot be compiled'];
}

/** The schemas that one rule needs of an operation. */
export function schemasOf(operation: Operation, rule: UnusableRule['rule']): Iterable<SchemaSource> {
  return usedSchemas({
    ...operation,
    parameters: rule === 'parameters' ? operation.parameters : [],
    requestBody: rule === 'body' ? operation.requestBody : null,
    responses: rule === 'responses' ? operation.responses : [],
  });
}
