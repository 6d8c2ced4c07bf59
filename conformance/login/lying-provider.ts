import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, type JWTPayload } from 'jose';

/** What a provider says of a user, before a test spoils it. */
export interface Saying {
  claims: JWTPayload;
  header: { alg: string; kid?: string; [name: string]: unknown };
  key: KeyObject | Uint8Array;
  /** Members of the token endpoint's answer. */
  answer: Record<string, unknown>;
  status: number;
}

/** A provider of one's own making, that says whatever a test wants. */
export interface LyingProvider {
  readonly issuer: string;
  readonly key: KeyObject;
  /** Changes what the next tokens say. */
  spoil: (saying: Saying) => void | Promise<void>;
  /** Members of the metadata. */
  metadata: Record<string, unknown>;
  /** Answers the token endpoint in its own way. */
  token: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** The nonce of the login that is under way, as the authorization request said it. */
  nonce: string;
  sign(claims: JWTPayload, header?: Record<string, unknown>, key?: KeyObject | Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export async function startLyingProvider(): Promise<LyingProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const json = (response: ServerResponse, value: unknown, status = 200): void =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/.well-known/openid-configuration') return json(response, provider.metadata);
    if (request.url === '/jwks') return json(response, { keys: [jwk] });
    if (request.url !== '/token') return void response.writeHead(404).end();
    request.resume();
    if (provider.token?.(request, response) === true) return;
    const seconds = Math.floor(Date.now() / 1000);
    const accessToken = 'opaque-access-token';
    const saying: Saying = {
      claims: {
        iss: issuer,
        sub: 'alice',
        aud: 'app',
        nonce: provider.nonce,
        iat: seconds,
        exp: seconds + 60,
        at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      },
      header: { alg: 'RS256', kid: 'k1' },
      key: privateKey,
      answer: { access_token: accessToken, token_type: 'Bearer', expires_in: 600 },
      status: 200,
    };
    await provider.spoil(saying);
    const idToken = await provider.sign(saying.claims, saying.header, saying.key);
    json(response, { id_token: idToken, ...saying.answer }, saying.status);
  }

  const provider: LyingProvider = {
    issuer,
    key: privateKey,
    spoil: () => undefined,
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    token: null,
    nonce: '',
    async sign(claims, header = { alg: 'RS256', kid: 'k1' }, key = privateKey) {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      if (header['alg'] === 'none') return `${part(header)}.${part(claims)}.`;
      return new SignJWT(claims).setProtectedHeader(header as { alg: string }).sign(key);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}
