import { oncePer } from '../../once-per.ts';
import { HeaderClasses } from './header-classes.ts';
import type { CompileContext } from '../stage.ts';
import type { ApiDocument, Operation, Response } from '../../openapi/model.ts';
import type { ResponsePolicy } from '../../policy/policy.ts';
import { operationPolicy } from '../../policy/operation-policy.ts';
import { BodyCheck } from './body-check.ts';
import { describeContents } from './content-lines.ts';
import { compileDeclaredHeader, type DeclaredHeader } from './response-field-check.ts';

/** What one status of an operation may carry. */
export interface StatusRule {
  /** Null where the document declares no content for the status. */
  readonly content: BodyCheck | null;
  readonly headers: readonly DeclaredHeader[];
  readonly classes: HeaderClasses;
}

/** What one operation may answer. */
export interface ResponseRule {
  /** Names the operation in denials. */
  readonly id: string;
  readonly exact: ReadonlyMap<number, StatusRule>;
  /** By the first digit of the status. */
  readonly ranges: ReadonlyMap<number, StatusRule>;
  readonly fallback: StatusRule | null;
  readonly policy: ResponsePolicy;
  /** What becomes of statuses, types and members that are not declared. */
  readonly undeclared: ResponsePolicy['undeclared'];
  /** False where nothing of the document is held against the answer: only banner headers are taken out. */
  readonly guarded: boolean;
  /** Names of the cookies that the document knows: its Set-Cookie passes though no response declares it. */
  readonly cookies: ReadonlySet<string>;
  describe(): readonly string[];
}

const SHOWN = { strip: 'left out', block: 'blocked', pass: 'passed on unchecked' } as const;

/** Compiles the rule for the answers of an operation. Throws `SchemaCompileError`. */
export function compileResponse(operation: Operation, context: CompileContext): ResponseRule {
  const policy = context.policy.responses;
  const undeclared = operationPolicy(context.policy, operation).undeclaredResponse ?? policy.undeclared;
  const exact = new Map<number, StatusRule>();
  const ranges = new Map<number, StatusRule>();
  let fallback: StatusRule | null = null;
  const lines: string[] = [];
  for (const response of operation.responses) {
    const rule = compileStatus(response, undeclared, context);
    if (response.status === 'default') fallback = rule;
    else if (/^[1-5]XX$/i.test(response.status)) ranges.set(Number(response.status[0]), rule);
    else exact.set(Number(response.status), rule);
    lines.push(...describeStatus(response, rule));
    for (const line of describeContents(response.content, 'response', context))
      lines.push(`${response.status}: ${line}`);
  }
  lines.push(
    `undeclared statuses and types: ${undeclared === 'pass' ? SHOWN.pass : SHOWN.block}; undeclared bodies and members: ${SHOWN[undeclared]}`,
    `undeclared headers: ${SHOWN[policy.undeclaredHeaders]}; bodies that cannot be checked: ${SHOWN[policy.unchecked]}`,
  );
  return {
    id: operation.id,
    exact,
    ranges,
    fallback,
    policy,
    undeclared,
    guarded: true,
    cookies: cookiesOf(context.document),
    describe: () => lines,
  };
}

/** Names of cookie parameters and of cookies that carry credentials, gathered once for a document. */
const cookiesOf = oncePer((document: ApiDocument): ReadonlySet<string> => {
  const parameters = document.operations.flatMap((operation) => operation.parameters);
  return new Set([
    ...parameters.flatMap((parameter) => (parameter.in === 'cookie' ? [parameter.name] : [])),
    ...[...document.securitySchemes.values()].flatMap((scheme) =>
      scheme.type === 'apiKey' && scheme.in === 'cookie' ? [scheme.parameter] : [],
    ),
  ]);
});

/** The rule for answers that no operation declares, or whose check is off: only banner headers are taken out. */
export function compileUnguardedResponse(policy: ResponsePolicy): ResponseRule {
  const nothing = new Map<number, StatusRule>();
  return {
    id: '',
    exact: nothing,
    ranges: nothing,
    fallback: null,
    policy,
    undeclared: 'pass',
    guarded: false,
    cookies: new Set(),
    describe: () => ['responses are not checked'],
  };
}

/** The rule of a status: exact, then its range, then `default`. Null where the document declares none of them. */
export function statusRule(rule: ResponseRule, status: number): StatusRule | null {
  return rule.exact.get(status) ?? rule.ranges.get(Math.floor(status / 100)) ?? rule.fallback;
}

function compileStatus(
  response: Response,
  undeclared: ResponsePolicy['undeclared'],
  context: CompileContext,
): StatusRule {
  const { maxDepth, maxKeys, maxBodyBytes } = context.policy.responses;
  const bounds = { maxDepth, maxKeys };
  const headers = response.headers
    .map((header) => compileDeclaredHeader(header, context.schemas, bounds))
    .filter((header) => header !== null);
  const content =
    response.content.length === 0
      ? null
      : new BodyCheck(response.content, {
          direction: 'response',
          undeclared: undeclared === 'strip' ? 'strip' : undeclared === 'block' ? 'refuse' : 'as-declared',
          bounds,
          maxItemBytes: maxBodyBytes,
          schemas: context.schemas,
          document: context.document,
        });
  return { content, headers, classes: new HeaderClasses(new Set(headers.map(({ name }) => name))) };
}

function describeStatus(response: Response, rule: StatusRule): string[] {
  if (rule.content === null) return [`${response.status}: no body declared`];
  const unchecked = rule.content.checks.flatMap((check) =>
    check.unchecked === null ? [] : [`${response.status}: not checked: ${check.unchecked}`],
  );
  return [`${response.status}: ${response.content.map(({ range }) => range).join(', ')}`, ...new Set(unchecked)];
}
