import type { Operation } from '../../openapi/model.ts';
import type { Mode, Policy } from '../../policy/policy.ts';
import { operationPolicy } from '../../policy/operation-policy.ts';

/**
 * Whether a part of an answer (206) would be refused, as nothing declares it. Clients ask for parts by themselves, of whatever they load (`Range`), and whoever is asked may answer with the
 * whole (RFC 9110, section 14.2). Not where the operation declares `Range` as its parameter: its API means something by it.
 */
export function refusesParts(operation: Operation, policy: Policy, mode: Mode): boolean {
  if (mode !== 'enforce') return false;
  const { responses, parameters } = operation;
  const stated = operationPolicy(policy, operation).undeclaredResponse;
  if ((stated ?? policy.responses.undeclared) === 'pass') return false;
  if (parameters.some((parameter) => parameter.in === 'header' && parameter.name.toLowerCase() === 'range'))
    return false;
  const statuses = new Set(responses.map(({ status }) => status.toUpperCase()));
  // Beside a 200, `default` speaks of what is neither: errors.
  return !(statuses.has('206') || statuses.has('2XX') || (statuses.has('DEFAULT') && !statuses.has('200')));
}
