import type { Exchange } from '../../exchange.ts';
import type { CompileContext, Stage } from '../stage.ts';
import type { FieldError } from '../../verdict/denial.ts';
import type { MediaType, Operation, Parameter, ParameterLocation, SecurityScheme } from '../../openapi/model.ts';
import { deny, type Denial } from '../../verdict/denial.ts';
import { checkCookieParameters, compileCookieParameters, type CookieRule } from './cookie-parameters.ts';
import { checkHeaderParameters, compileHeaderParameters, type HeaderRule } from './header-parameters.ts';
import { checkPathParameters, compilePathParameters, type PathSlot } from './path-parameters.ts';
import { checkQueryParameters, compileQueryParameters, type QueryRule, type WholeQuery } from './query-parameters.ts';
import { compileParameterCheck, type ParameterCheck } from './parameter-check.ts';
import { hasUncheckedContent } from './content-lines.ts';
import { decodePercent } from './percent-decoding.ts';
import { fieldError, MAX_FIELD_ERRORS } from './field-errors.ts';
import { ownCookies } from '../authentication/session-cookies.ts';
import { FormCheck } from './form-body.ts';

export interface ParametersRule {
  readonly path: readonly PathSlot[];
  readonly query: QueryRule | null;
  readonly headers: HeaderRule | null;
  readonly cookies: CookieRule | null;
  readonly description: readonly string[];
}

/**
 * Checks path, query, header and cookie parameters against the document. Denies with PARAMETERS_INVALID, at most 20 errors. Reads the raw text
 * once, by style and type (OpenAPI 3.1, 4.8.12); what it has checked goes upstream byte for byte, less what `unknownParameters: strip` takes
 * out. `compile` throws `SchemaCompileError`.
 */
export const parameters: Stage<ParametersRule> = {
  name: 'parameters',

  compile(operation: Operation, context: CompileContext): ParametersRule | null {
    const { requests } = context.policy;
    const bounds = { maxDepth: requests.maxDepth, maxKeys: requests.maxKeys };
    const compile = (parameter: Parameter): ParameterCheck => compileParameterCheck(parameter, context.schemas, bounds);
    const inPlace = (place: ParameterLocation) => operation.parameters.filter((parameter) => parameter.in === place);
    const schemes = [...context.document.securitySchemes.values()];
    const wholeQuery = inPlace('querystring')[0];
    const path = compilePathParameters(operation, compile);
    const query = compileQueryParameters(
      inPlace('query'),
      wholeQuery === undefined ? null : compileWholeQuery(wholeQuery, compile, context),
      requests.unknownParameters,
      requests.lookalikeNames ?? 'refuse',
      credentialNames(schemes, 'query'),
      compile,
    );
    const headers = compileHeaderParameters(inPlace('header'), compile);
    const cookies = compileCookieParameters(
      inPlace('cookie'),
      requests.unknownCookies ?? requests.unknownParameters,
      new Set([...credentialNames(schemes, 'cookie'), ...ownCookies(context.document, context.policy)]),
      compile,
    );
    if (path.every(({ check }) => check === null) && query === null && headers === null && cookies === null)
      return null;
    return { path, query, headers, cookies, description: describeParameters(operation, query, cookies, context) };
  },

  decide(rule: ParametersRule, exchange: Exchange): Denial | null {
    const errors: FieldError[] = [];
    if (rule.path.length > 0) checkPathParameters(rule.path, exchange.pathValues, errors);
    if (rule.query !== null) checkQueryParameters(rule.query, exchange, errors);
    if (rule.headers !== null) checkHeaderParameters(rule.headers, exchange.rawHeaders, errors);
    if (rule.cookies !== null) checkCookieParameters(rule.cookies, exchange, errors);
    if (errors.length === 0) return null;
    return deny('PARAMETERS_INVALID', 'parameters', {
      rule: exchange.operation?.operation.id ?? null,
      errors: errors.slice(0, MAX_FIELD_ERRORS),
    });
  },

  undo(exchange) {
    exchange.rewrittenQuery = null;
    exchange.rewrittenCookie = null;
  },
  describe(rule: ParametersRule): readonly string[] {
    return rule.description;
  },
};

function credentialNames(schemes: readonly SecurityScheme[], place: 'query' | 'cookie'): ReadonlySet<string> {
  return new Set(
    schemes.flatMap((scheme) => (scheme.type === 'apiKey' && scheme.in === place ? [scheme.parameter] : [])),
  );
}

/** A `querystring` parameter: a form by its media type, or any content in a query that is one percent-encoded text. */
function compileWholeQuery(
  parameter: Parameter,
  compile: (parameter: Parameter) => ParameterCheck,
  context: CompileContext,
): WholeQuery {
  const schema = `${parameter.file}#${parameter.pointer}`;
  const content: MediaType | null = parameter.content;
  if (content?.range.startsWith('application/x-www-form-urlencoded') === true) {
    const { maxDepth, maxKeys, unknownParameters, maxBodyBytes } = context.policy.requests;
    const form = new FormCheck(content, {
      direction: 'request',
      undeclared: unknownParameters === 'pass' ? 'as-declared' : 'refuse',
      lookalikes: context.policy.requests.lookalikeNames ?? 'refuse',
      bounds: { maxDepth, maxKeys },
      maxItemBytes: maxBodyBytes,
      schemas: context.schemas,
      document: context.document,
    });
    return {
      parameter,
      check(query) {
        const result = form.text(query);
        return result.ok ? null : result.errors.map((error) => ({ ...error, in: 'query', name: parameter.name }));
      },
    };
  }
  const check = compile(parameter);
  return {
    parameter,
    check(query) {
      const text = decodePercent(query, false);
      return text === null
        ? [fieldError('query', parameter.name, 'syntax', 'must be UTF-8, percent-encoded once', schema)]
        : check.text(text);
    },
  };
}

const UNKNOWN = { refuse: 'refused', strip: 'left out', pass: 'passed on unchecked' } as const;

function describeParameters(
  operation: Operation,
  query: QueryRule | null,
  cookies: CookieRule | null,
  context: CompileContext,
): readonly string[] {
  const lines: string[] = [];
  for (const place of ['path', 'query', 'querystring', 'header', 'cookie'] as const) {
    const declared = operation.parameters.filter((parameter) => parameter.in === place);
    if (declared.length > 0)
      lines.push(
        `${place}: ${declared.map((parameter) => (parameter.required ? parameter.name : `${parameter.name}?`)).join(', ')}`,
      );
    for (const parameter of declared) {
      if (parameter.schema === null && !isChecked(parameter.content))
        lines.push(`${place} ${parameter.name}: not checked, no schema that can be`);
      const schema = parameter.schema ?? parameter.content?.schema ?? null;
      if (schema !== null && hasUncheckedContent(schema, 'request', context))
        lines.push(`${place} ${parameter.name}: not checked: the JSON within texts (requests.contentSchema: check)`);
    }
  }
  if (query !== null && query.whole === null) lines.push(`undeclared query parameters: ${UNKNOWN[query.unknown]}`);
  if (cookies !== null) lines.push(`undeclared cookies: ${UNKNOWN[cookies.unknown]}`);
  return lines;
}

function isChecked(content: MediaType | null): boolean {
  return (
    content !== null &&
    content.schema !== null &&
    /^(?:application\/(?:.*\+)?json|text\/|application\/x-www-form-urlencoded)/.test(content.range)
  );
}
