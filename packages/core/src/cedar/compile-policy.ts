import { compileCondition } from './compile-expression.ts';
import type { Condition } from './evaluator.ts';
import { isIn } from './operators.ts';
import { PolicyCompileError } from './compile-error.ts';
import { EvaluationError } from './evaluation-error.ts';
import { entityOf, type PolicyJson, type ScopeJson } from './policy-json.ts';
import type { CedarRequest } from './request.ts';
import { EntityUid } from './value.ts';

/** What one policy says of a request. An error is what kept it from saying either. */
export type PolicyVerdict = boolean | EvaluationError;

export interface CompiledPolicy {
  /** The `@id` annotation, or the file's name with the policy's number. Unique. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly json: PolicyJson;
  /** Whether the request is in its scope and all its conditions hold. Never throws an `EvaluationError`. */
  evaluate(request: CedarRequest): PolicyVerdict;
}

type Variable = 'principal' | 'action' | 'resource';

/** Compiles a policy of Cedar's JSON form. Throws `PolicyCompileError`. */
export function compilePolicy(id: string, json: PolicyJson): CompiledPolicy {
  const scope = [
    compileScope('principal', json.principal),
    compileScope('action', json.action),
    compileScope('resource', json.resource),
  ];
  const conditions = json.conditions.map(({ kind, body }) => {
    const condition = compileCondition(body);
    return kind === 'when' ? condition : (request: CedarRequest) => !condition(request);
  });
  return {
    id,
    effect: json.effect,
    json,
    evaluate: verdictOf([...scope, ...conditions].filter((check) => check !== ALWAYS)),
  };
}

function verdictOf(checks: readonly Condition[]): (request: CedarRequest) => PolicyVerdict {
  return (request) => {
    try {
      for (let index = 0; index < checks.length; index++) if (!(checks[index] as Condition)(request)) return false;
      return true;
    } catch (error) {
      if (error instanceof EvaluationError) return error;
      throw error;
    }
  };
}

const ALWAYS: Condition = () => true;

function compileScope(variable: Variable, scope: ScopeJson): Condition {
  switch (scope.op) {
    case 'All':
      return ALWAYS;
    case '==': {
      const { key } = uidOf(scope);
      return (request) => request[variable].key === key;
    }
    case 'in': {
      if (!('entities' in scope)) {
        const uid = uidOf(scope);
        return (request) => isIn(request[variable], uid, request);
      }
      const uids = scope.entities.map(entityOf).map(({ type, id }) => new EntityUid(type, id));
      return (request) => uids.some((uid) => isIn(request[variable], uid, request));
    }
    case 'is': {
      const { entity_type: type } = scope;
      const within = scope.in === undefined ? null : uidOf(scope.in);
      return (request) =>
        request[variable].type === type && (within === null || isIn(request[variable], within, request));
    }
    default:
      throw new PolicyCompileError('the scope of a policy is written in a way that is not known');
  }
}

function uidOf(scope: object): EntityUid {
  if (!('entity' in scope)) throw new PolicyCompileError('templates with slots such as ?principal are not taken');
  const { type, id } = entityOf(scope.entity as Parameters<typeof entityOf>[0]);
  return new EntityUid(type, id);
}
