import type { ConfigurationProblem } from '../configuration-error.ts';
import type { ApiDocument } from '../openapi/model.ts';
import { hintFor, knownRoles } from '../policy/check-roles-against.ts';
import type { Audience } from '../policy/data-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { declaredGraph } from './declared-graph.ts';

/**
 * Warns of roles that may see or set data (`role:NAME` in `data.visible`, `data.writable` and the marks of schemas) and that nothing declares, where the policy declares
 * roles: whoever was meant is kept from it. Silent about a plain NAME, which may be a scope. No error: an issuer may give out roles that the policy does not know.
 */
export function unknownDataRoles(
  document: ApiDocument,
  policy: Policy,
  graph = () => declaredGraph(document),
): ConfigurationProblem[] {
  const declared = policy.roles?.roles;
  if (declared === undefined || policy.modes.data === 'off') return [];
  const known = knownRoles(document, declared);
  const warning = (role: string, may: string): Pick<ConfigurationProblem, 'code' | 'message' | 'hint'> => ({
    code: 'DATA_ROLE_UNKNOWN',
    message: `the role ${JSON.stringify(role)}, which may ${may}, is not declared under authorization.roles`,
    hint: hintFor(role, declared.keys()),
  });
  const stated = (policy.data?.roles ?? [])
    .filter(({ role }) => !known.has(role))
    .map(({ role, may, class: name, place }) => ({
      ...(policy.locate?.(place) ?? { file: policy.file ?? '', line: 0, column: 0 }),
      path: place?.pointer ?? '',
      ...warning(role, `${may} data of the class ${name}`),
    }));
  const marked = graph().vertices.flatMap(({ own, place }) =>
    own === null || place === null
      ? []
      : [
          ...unknownOf(own.visible, known).map((role) => ({ role, may: 'see', mark: 'visible', place })),
          ...unknownOf(own.writable, known).map((role) => ({ role, may: 'set', mark: 'writable', place })),
        ],
  );
  return [
    ...stated,
    ...marked.map(({ role, may, mark, place }) => {
      const at = { file: place.file, pointer: `${place.pointer}/x-sallyport-${mark}` };
      return {
        ...document.locate(at),
        path: at.pointer,
        ...warning(role, `${may} what this schema describes`),
      };
    }),
  ];
}

function unknownOf(audiences: readonly Audience[] | null, known: ReadonlySet<string>): readonly string[] {
  const roles = (audiences ?? []).flatMap(({ kind, name }) => (kind === 'role' && !known.has(name) ? [name] : []));
  return [...new Set(roles)];
}
