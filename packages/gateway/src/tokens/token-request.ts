import { parseAuthorization, parseBasic, type Exchange } from '@sallyport/core';
import { refusal, type TokenRefusal } from './token-answers.ts';

/** A request for a token, its form checked and nothing of it proved. */
export interface TokenRequest {
  readonly clientId: string;
  readonly key: string;
  /** Null: all that the key has. */
  readonly scopes: readonly string[] | null;
}

const FORM = /^application\/x-www-form-urlencoded(?:\s*;\s*charset=utf-8)?$/i;
/** RFC 6749, section 3.3. */
const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * Reads a client credentials request (RFC 6749, section 4.4.2). The key comes in an Authorization header (section 2.3.1) or in the body, not in both,
 * and never in the URL, where logs would keep it. A parameter that stands twice is refused (section 3.2), one that is not known is ignored, as the section demands.
 */
export function readTokenRequest(exchange: Exchange, body: Uint8Array): TokenRequest | TokenRefusal {
  if (exchange.query !== null) return refusal('invalid_request', 'parameters belong into the body');
  if (!FORM.test(exchange.headers.contentType ?? ''))
    return refusal('invalid_request', 'the body has to be application/x-www-form-urlencoded');
  const parameters = readForm(body);
  if (parameters === null) return refusal('invalid_request', 'the body is malformed, or a parameter stands twice');
  const grant = parameters.get('grant_type');
  if (grant === undefined) return refusal('invalid_request', 'grant_type is missing');
  if (grant !== 'client_credentials') return refusal('unsupported_grant_type', 'only client_credentials is supported');
  const scope = parameters.get('scope') ?? '';
  if (scope !== '' && !SCOPES.test(scope)) return refusal('invalid_scope', 'scopes are divided by single spaces');
  const client = readClient(exchange.headers.authorization, parameters);
  return 'error' in client ? client : { ...client, scopes: scope === '' ? null : [...new Set(scope.split(' '))] };
}

function readClient(
  header: string | null,
  parameters: ReadonlyMap<string, string>,
): Pick<TokenRequest, 'clientId' | 'key'> | TokenRefusal {
  const id = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  if (header === null) {
    if (id === undefined || secret === undefined) return refusal('invalid_client', 'no API key was sent');
    return { clientId: id, key: secret };
  }
  if (secret !== undefined) return refusal('invalid_request', 'the API key was sent in two ways');
  const { scheme, token } = parseAuthorization(header);
  const basic = scheme === 'basic' && token !== null ? parseBasic(token) : null;
  if (basic === null) return refusal('invalid_client', 'send id and key as HTTP Basic', 'AUTHN_CREDENTIAL_MALFORMED');
  const clientId = decoded(basic.user);
  const key = decoded(basic.password);
  if (clientId === null || key === null)
    return refusal('invalid_client', 'id and key are form-encoded in HTTP Basic', 'AUTHN_CREDENTIAL_MALFORMED');
  if (id !== undefined && id !== clientId) return refusal('invalid_request', 'two clients are named');
  return { clientId, key };
}

/** Null where it is no form in UTF-8, or a name stands twice. */
function readForm(body: Uint8Array): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return null;
  }
  for (const pair of text === '' ? [] : text.split('&')) {
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === null || value === null || parameters.has(name)) return null;
    // A parameter without a value counts as left out (section 3.2).
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
