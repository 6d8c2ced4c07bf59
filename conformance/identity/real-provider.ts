import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { proofOf, type ProofKey } from './proof-key.ts';

export const JWT_RESOURCE = 'https://api.example/jwt';
export const OPAQUE_RESOURCE = 'https://api.example/opaque';
/** Holds what has to be form-encoded in HTTP Basic (RFC 6749, section 2.3.1). */
export const GATEWAY_SECRET = 'c:a%n+a r/y';

/** A real OpenID provider on loopback, whose keys a test can change and whose network it can spoil. */
export interface RealProvider {
  readonly issuer: string;
  /** Requests it was sent, `METHOD /path`. */
  readonly asked: string[];
  /** Takes the place of the provider while it is set. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** New signing keys, the old ones gone; tokens and clients stay. */
  rotate(): Promise<void>;
  /** An access token by client credentials, bound to the key where one is given. */
  token(resource: string, key?: ProofKey): Promise<string>;
  /** Revokes a token as its client would (RFC 7009). */
  revoke(token: string): Promise<void>;
  close(): Promise<void>;
}

/** `key`: the public key, a JSON Web Key, of the client `keyed`, which proves itself with it. */
export async function startRealProvider(key: object | null = null): Promise<RealProvider> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (provider.intercept?.(request, response) !== true) handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const first = await createProvider(issuer, key);
  let handle = first.callback();
  const basic = `Basic ${Buffer.from('robot:robot-secret').toString('base64')}`;
  const form = (path: string, body: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(issuer + path, {
      method: 'POST',
      body: new URLSearchParams(body),
      headers: { Authorization: basic, ...headers },
    });
  const provider: RealProvider = {
    issuer,
    asked,
    intercept: null,
    async rotate() {
      handle = (await createProvider(issuer, key)).callback();
    },
    async token(resource, key) {
      const headers: Record<string, string> =
        key === undefined ? {} : { DPoP: await proofOf(key, { method: 'POST', url: `${issuer}/token` }) };
      const answer = await form('/token', { grant_type: 'client_credentials', resource, scope: 'read' }, headers);
      const { access_token: token, error_description: problem } = (await answer.json()) as Record<string, string>;
      if (token === undefined) throw new Error(`the provider gave no token: ${answer.status} ${problem}`);
      return token;
    },
    async revoke(token) {
      const { status } = await form('/token/revocation', { token });
      if (status !== 200) throw new Error(`the provider did not revoke: ${status}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

async function createProvider(issuer: string, key: object | null): Promise<Provider> {
  const kid = `k${Math.floor(Math.random() * 1e9)}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }] },
    clients: [
      {
        client_id: 'robot',
        client_secret: 'robot-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      { client_id: 'gateway', client_secret: GATEWAY_SECRET, grant_types: [], redirect_uris: [], response_types: [] },
      {
        client_id: 'poster',
        client_secret: GATEWAY_SECRET,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: [],
        redirect_uris: [],
        response_types: [],
      },
      ...(key === null
        ? []
        : [
            {
              client_id: 'keyed',
              token_endpoint_auth_method: 'private_key_jwt',
              token_endpoint_auth_signing_alg: 'ES256',
              jwks: { keys: [key] },
              grant_types: [],
              redirect_uris: [],
              response_types: [],
            },
          ]),
    ],
    scopes: ['read'],
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'read',
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: resource === JWT_RESOURCE ? 'jwt' : 'opaque',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}
