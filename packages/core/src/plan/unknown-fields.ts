import type { ConfigurationProblem } from '../configuration-error.ts';
import { foldCase } from '../json/fold-case.ts';
import { joinPointer, parsePointer } from '../json/json-pointer.ts';
import type { ApiDocument, Operation, Parameter } from '../openapi/model.ts';
import { meansOperation, modesFor, operationPolicy } from '../policy/operation-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { suggestName } from '../policy/suggest-name.ts';
import type { ThreatException, ThreatField } from '../policy/threat-policy.ts';
import { schemasOf } from '../stages/data/body-places.ts';
import { declaredGraph } from './declared-graph.ts';
import { declaredThere, DeclaredPlaces, type LedAway, type Undeclared } from './declared-places.ts';
import { slipOf, type UnknownName } from './unknown-name.ts';
import { unknownRecords } from './unknown-records.ts';

/**
 * Warns of names in `data.classes`, `data.encrypt`, `sanitise.text` and `threats.exceptions` that no operation declares: what they were to protect is not, and what
 * they were to except is refused. A name without a place holds for what turns up undeclared too, and
 * so does a place where members may come that are not declared: of these, only a name is told that another is near.
 */
export function unknownFields(
  document: ApiDocument,
  policy: Policy,
  graph = () => declaredGraph(document),
): ConfigurationProblem[] {
  const fields = [
    ...(policy.modes.data === 'off' ? [] : (policy.data?.fields ?? [])),
    ...(policy.modes.sanitise === 'off' ? [] : (policy.sanitise?.fields ?? [])),
  ];
  const exceptions = policy.modes.threats === 'off' ? [] : (policy.threats?.exceptions ?? []);
  const record = policy.data?.encrypt?.record ?? [];
  if (fields.length + record.length === 0 && !exceptions.some(({ field }) => field !== null)) return [];
  const places = new DeclaredPlaces(graph());
  const unknown = [
    ...unknownProperties(document, policy, fields, places),
    ...unknownExceptions(document, policy, exceptions, places),
    ...unknownRecords(document, record, places),
  ];
  return unknown.map(({ place, message, near, hint = null }) => ({
    ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
    code: 'POLICY_FIELD_UNKNOWN',
    path: place?.pointer ?? '',
    message,
    hint: near === null ? hint : `Did you mean ${near}?`,
  }));
}

type Fields = NonNullable<NonNullable<Policy['data']>['fields']>;

function unknownProperties(
  document: ApiDocument,
  policy: Policy,
  fields: Fields,
  places: DeclaredPlaces,
): UnknownName[] {
  if (fields.length === 0) return [];
  const bodies = document.operations.map((operation) => [
    ...(operation.requestBody?.content ?? []),
    ...operation.responses.flatMap(({ content }) => content),
  ]);
  const undeclared = widest(
    document.operations.flatMap((operation) => [bodyOf(policy, operation), answerOf(policy, operation)]),
  );
  const names = new Map<string, string>();
  const parameters = document.operations.flatMap((operation) => operation.parameters.map(({ name }) => name));
  for (const name of [...parameters, ...places.names]) names.set(foldCase(name), name);
  const roots = bodies.flat().flatMap(schemasOf);
  return fields.flatMap(({ text, place }): UnknownName[] => {
    if (text.startsWith('/')) {
      const instead = places.instead(roots, parsePointer(text), undeclared);
      const near = instead === null ? null : nearOf(instead);
      if (instead === null || (instead.isOpen && near === null)) return [];
      const message = `no body of an operation declares anything at ${text}`;
      return [{ place, message, near, hint: declaredThere(instead) }];
    }
    const near = names.has(foldCase(text)) || text.includes('*') ? null : slipOf(text, names.values());
    return near === null ? [] : [{ place, message: `no operation declares a property or parameter ${text}`, near }];
  });
}

function unknownExceptions(
  document: ApiDocument,
  policy: Policy,
  exceptions: readonly ThreatException[],
  places: DeclaredPlaces,
): UnknownName[] {
  const credentials = [...document.securitySchemes.values()].flatMap((scheme) =>
    scheme.type === 'apiKey' ? [{ in: scheme.in, name: scheme.parameter }] : [],
  );
  return exceptions.flatMap(({ field, operations: keys, place }): UnknownName[] => {
    if (field === null) return [];
    const operations = document.operations.filter(
      (operation) => keys === null || keys.some((key) => meansOperation(key, operation)),
    );
    // That it names none is a problem of its own.
    if (operations.length === 0) return [];
    const at = place === null ? null : { file: place.file, pointer: `${place.pointer}/field` };
    const what = (declared: string): string =>
      `${keys === null ? 'no operation' : 'none of the operations it is for'} declares ${declared}`;
    if (field.in === 'body') {
      const content = operations.flatMap(({ requestBody }) => requestBody?.content ?? []);
      // Those of XML go by names of its own, and of texts nobody knows.
      if (content.some((media) => !/json|form/i.test(media.range) || schemasOf(media).length === 0)) return [];
      const undeclared = widest(operations.map((operation) => bodyOf(policy, operation)));
      const instead = places.instead(content.flatMap(schemasOf), field.tokens, undeclared);
      const near = instead === null ? null : nearOf(instead);
      if (instead === null || (instead.isOpen && near === null)) return [];
      return [
        {
          place: at,
          message: what(`anything at body:${instead.pointer}`),
          near: near === null ? null : `body:${near}`,
          hint: declaredThere(instead, 'body:'),
        },
      ];
    }
    if (operations.some((operation) => passesUndeclared(policy, operation, field.in))) return [];
    const parameters: readonly Pick<Parameter, 'name'>[] = [
      ...operations.flatMap((operation) => operation.parameters.filter((one) => one.in === field.in)),
      ...credentials.filter((one) => one.in === field.in),
    ];
    const fold = (name: string): string => (field.in === 'header' ? name.toLowerCase() : name);
    if (parameters.some(({ name }) => fold(name) === field.name)) return [];
    // The members of an object that is spread over the query are names of their own.
    const mayBeSpread = operations.some(({ parameters: all }) =>
      all.some((one) => one.in === field.in && one.schema !== null && places.mayHaveMembers(one.schema)),
    );
    if (mayBeSpread) return [];
    const near = suggestName(
      field.name,
      parameters.map(({ name }) => name),
    );
    return [
      { place: at, message: what(`${field.in}:${field.name}`), near: near === null ? null : `${field.in}:${near}` },
    ];
  });
}

/** Whether parameters go upstream that the document does not declare: then a name that it does not know may be right. */
function passesUndeclared(policy: Policy, operation: Operation, place: ThreatField['in']): boolean {
  const { unknownParameters, unknownCookies } = policy.requests;
  if (place === 'path') return false;
  if (place === 'header') return policy.threats?.headers !== false;
  const passes = place === 'query' ? unknownParameters : (unknownCookies ?? unknownParameters);
  return passes === 'pass' || modesFor(policy, operation).parameters !== 'enforce';
}

function bodyOf(policy: Policy, operation: Operation): Undeclared {
  if (modesFor(policy, operation).body !== 'enforce') return 'anything';
  const stated = operationPolicy(policy, operation).undeclaredProperties ?? policy.requests.undeclaredProperties;
  return stated === 'as-declared' ? 'not-forbidden' : 'asked-for';
}

function answerOf(policy: Policy, operation: Operation): Undeclared {
  const stated = operationPolicy(policy, operation).undeclaredResponse ?? policy.responses.undeclared;
  const enforced = modesFor(policy, operation).responses === 'enforce' && policy.responses.invalid !== 'pass';
  if (!enforced) return 'anything';
  return stated === 'pass' ? 'not-forbidden' : 'asked-for';
}

function widest(all: readonly Undeclared[]): Undeclared {
  return (['anything', 'not-forbidden'] as const).find((one) => all.includes(one)) ?? 'asked-for';
}

function nearOf({ before, token, names, after }: LedAway): string | null {
  const near = suggestName(token, names);
  return near === null ? null : joinPointer(before, near) + after;
}
