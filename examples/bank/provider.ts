import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { createProviderMemory } from './provider-memory.ts';
import { LOGIN_FAILED, loginPage, logoutPage, pageOf } from './provider-pages.ts';

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** Who has this e-mail and password; null for nobody. */
export type Authenticate = (email: string, password: string) => Customer | null;

export interface RunningProvider {
  readonly url: string;
  /** Registers the application behind the door. Requests wait for it. */
  register(doorUrl: string): Promise<void>;
  close(): Promise<void>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Harbour ID, the OpenID provider of the example: a real one, with a form of its own. It keeps everything in memory and listens on 127.0.0.1 only. */
export async function startProvider(port: number, authenticate: Authenticate): Promise<RunningProvider> {
  let ready: (handle: Handle) => void = () => undefined;
  const handling = new Promise<Handle>((resolve) => {
    ready = resolve;
  });
  const server = createServer((request, response) => void handling.then((handle) => handle(request, response)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    register: async (doorUrl) => ready(await createHandle(url, doorUrl, authenticate)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function createHandle(url: string, doorUrl: string, authenticate: Authenticate): Promise<Handle> {
  const known = new Map<string, Customer>();
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'harbour', alg: 'ES256', use: 'sig' }] },
    adapter: createProviderMemory(),
    clients: [
      {
        client_id: 'harbour-app',
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [`${doorUrl}/auth/signIn/callback`],
        post_logout_redirect_uris: [`${doorUrl}/app`],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        backchannel_logout_uri: `${doorUrl}/auth/signIn/back-channel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    cookies: { keys: [randomBytes(32).toString('base64url')], names: { session: 'harbour-id' } },
    scopes: ['openid', 'accounts:read'],
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 300,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: known.get(id)?.name, roles: known.get(id)?.roles }),
    }),
    claims: { openid: ['sub', 'name', 'roles'] },
    // The door asks for nothing but the ID token.
    conformIdTokenClaims: false,
    // The bank's own application is not asked to be allowed what it is for.
    async loadExistingGrant({ oidc }: GrantContext) {
      const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope('openid accounts:read');
      await grant.save();
      return grant;
    },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/log-in/${uid}` },
    // A provider asks nothing on its own machine by itself, and that is where the door is.
    fetch: (address: string, options: object) => fetch(address, { ...options, dispatcher: undefined } as object),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: PageContext, form: string) => void (context.body = logoutPage(form)),
        postLogoutSuccessSource: (context: PageContext) =>
          void (context.body = pageOf('Logged out', '<p>You are logged out.</p>')),
      },
    },
    renderError: (context: PageContext, out: { readonly error: string }) => {
      context.body = pageOf('Harbour ID', `<p>That did not work: ${out.error.replaceAll(/[^a-z_]/g, '')}.</p>`);
    },
  });
  const handle = provider.callback();
  return (request, response) => {
    if (!/^\/log-in\/[\w-]+$/.test(request.url ?? '')) handle(request, response);
    else if (request.method === 'POST') void logIn(request, response);
    else show(response, 200, loginPage(null));
  };

  async function logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const form = new URLSearchParams(await read(request));
      const user = authenticate(form.get('email') ?? '', form.get('password') ?? '');
      if (user === null) return show(response, 401, loginPage(LOGIN_FAILED));
      known.set(user.id, user);
      await provider.interactionFinished(request, response, { login: { accountId: user.id } }, {});
    } catch {
      show(response, 400, pageOf('Harbour ID', '<p>That did not work. Begin again at the bank.</p>'));
    }
  }
}

interface GrantContext {
  readonly oidc: { readonly session: { readonly accountId: string }; readonly client: { readonly clientId: string } };
}
interface PageContext {
  body: string;
}

function show(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(page);
}

const MAX_FORM_BYTES = 4096;

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length > MAX_FORM_BYTES) throw new Error('the form is too large');
  }
  return text;
}
