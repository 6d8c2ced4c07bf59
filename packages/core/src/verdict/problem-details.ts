import { codeEntry, shownCode, type Code } from './catalogue.ts';
import type { Denial, FieldError } from './denial.ts';

/** Media type of a problem (RFC 9457, section 3). */
export const PROBLEM_TYPE = 'application/problem+json';

const PREFIXES = new Map<Code, string>();

/** `{"type":…,"title":…,"status":…,"code":…` of a code, made once. */
function prefixOf(code: Code): string {
  let prefix = PREFIXES.get(code);
  if (prefix === undefined) {
    const entry = codeEntry(code);
    prefix = JSON.stringify({
      type: `urn:sallyport:problem:${code}`,
      title: entry.title,
      status: entry.status,
      code,
    }).slice(0, -1);
    PREFIXES.set(code, prefix);
  }
  return prefix;
}

/**
 * Renders what the client is told of a denial (RFC 9457): the shown code, the request id, and for validation `errors[]` with
 * pointers into the message and into the document, whose file is named without its folder. Operator facts and the true code of a disguised one never stand in it.
 */
export function renderProblem(denial: Denial, requestId: string): { readonly status: number; readonly body: string } {
  const code = shownCode(denial.code);
  // What an answer of the upstream did wrong is for the operator: its pointers tell how the API works inside.
  const disguised = code !== denial.code || denial.stage === 'response' || denial.stage === 'upstream';
  let body = prefixOf(code);
  if (denial.detail !== null && !disguised) body += `,"detail":${JSON.stringify(denial.detail)}`;
  body += `,"requestId":${JSON.stringify(requestId)}`;
  if (denial.errors.length > 0 && !disguised) body += `,"errors":${JSON.stringify(denial.errors.map(toldError))}`;
  return { status: codeEntry(code).status, body: `${body}}` };
}

/** The place in the document without the folder it lies in: a path of the server tells who runs it, and where to aim. */
function toldError(error: FieldError): FieldError {
  const { schema } = error;
  const hash = schema?.indexOf('#') ?? -1;
  if (schema === null || hash < 0) return error;
  const folder = schema.slice(0, hash).search(/[^/\\]*$/);
  return folder === 0 ? error : { ...error, schema: schema.slice(folder) };
}
