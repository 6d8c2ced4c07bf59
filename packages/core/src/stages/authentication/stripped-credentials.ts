import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { Exchange } from '../../exchange.ts';
import { documentCarriers } from './compile-schemes.ts';

/** Names of headers (lower case), query parameters and cookies that do not go upstream. */
export interface StrippedCredentials {
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly cookies: readonly string[];
}

/**
 * What is taken out of a request of `operation` before it goes upstream: wherever any scheme of the document puts its credential,
 * used by the operation or not, because a credential that was not checked here must not be believed there. Kept are the carriers of
 * the schemes in `forwarded`, and parameters that the operation itself declares under a name of a scheme that it does not use.
 */
export function strippedCredentials(
  document: ApiDocument,
  operation: Operation,
  used: readonly string[],
  forwarded: readonly string[],
): StrippedCredentials {
  const stripped = { header: new Set<string>(), query: new Set<string>(), cookie: new Set<string>() };
  for (const { scheme, carrier } of documentCarriers(document)) {
    if (!used.includes(scheme) && declares(operation, carrier.in, carrier.name)) continue;
    stripped[carrier.in].add(carrier.name);
  }
  for (const { scheme, carrier } of documentCarriers(document))
    if (forwarded.includes(scheme)) stripped[carrier.in].delete(carrier.name);
  // A proof belongs to its token: where the one does not go, the other proves nothing and must not be believed.
  if (stripped.header.has('authorization')) stripped.header.add('dpop');
  return { headers: [...stripped.header], query: [...stripped.query], cookies: [...stripped.cookie] };
}

/** A declared parameter `Authorization` counts for nothing (OpenAPI 3.1, 4.8.12.1). */
function declares(operation: Operation, where: string, name: string): boolean {
  if (where === 'header' && name === 'authorization') return false;
  return operation.parameters.some(
    (parameter) =>
      parameter.in === where && (where === 'header' ? parameter.name.toLowerCase() : parameter.name) === name,
  );
}

/** Notes in the exchange what is not to go upstream. */
export function strip(exchange: Exchange, stripped: StrippedCredentials): void {
  exchange.credentialHeaders = stripped.headers;
  exchange.credentialQuery = stripped.query;
  exchange.credentialCookies = stripped.cookies;
}
