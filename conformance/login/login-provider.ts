import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

export const CLIENT_SECRET = 's:ecret of the d%or';

export interface LoginProviderOptions {
  /** Access tokens last so long. */
  readonly accessTokenSeconds?: number;
  /** Whether sessions get refresh tokens. */
  readonly refreshes?: boolean;
  /** More settings of the client `app`. */
  readonly client?: Readonly<Record<string, unknown>>;
  readonly pushes?: boolean;
}

/** A real OpenID provider on loopback that browsers log in at, with a form that asks for a name and believes it. */
export interface LoginProvider {
  readonly issuer: string;
  /** Requests it was sent, `METHOD /path`. */
  readonly asked: string[];
  /** Bodies of what it was sent at the token endpoint. */
  readonly forms: URLSearchParams[];
  /** Takes the place of the provider while it is set. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>) | null;
  /** Registers the door; every request waits for it. */
  register(doorUrl: string, paths?: { readonly callback: string; readonly backChannelLogout: string }): Promise<void>;
  /** New signing keys, the old ones gone. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

const PATHS = { callback: '/auth/signIn/callback', backChannelLogout: '/auth/signIn/back-channel-logout' };

export async function startLoginProvider(options: LoginProviderOptions = {}): Promise<LoginProvider> {
  const asked: string[] = [];
  const forms: URLSearchParams[] = [];
  let begin: (handle: Handle) => void = () => undefined;
  let handling = new Promise<Handle>((resolve) => {
    begin = resolve;
  });
  const server = createServer((request, response) => {
    void (async () => {
      asked.push(`${request.method} ${(request.url ?? '').split('?')[0]}`);
      if ((await provider.intercept?.(request, response)) === true) return;
      if (request.url === '/token') await note(request, forms);
      (await handling)(request, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let registered: Parameters<LoginProvider['register']> | null = null;
  const storage = new Map<string, Stored>();
  const provider: LoginProvider = {
    issuer,
    asked,
    forms,
    intercept: null,
    async register(...args) {
      registered = args;
      begin(await createHandle(issuer, args[0], args[1] ?? PATHS, options, storage));
    },
    async rotate() {
      if (registered === null) throw new Error('nobody is registered');
      handling = createHandle(issuer, registered[0], registered[1] ?? PATHS, options, storage);
      await handling;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

type Handle = (request: IncomingMessage & { body?: unknown }, response: ServerResponse) => void;

/** The provider takes a body that was read already. */
async function note(request: IncomingMessage & { body?: unknown }, forms: URLSearchParams[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  forms.push(form);
  request.body = Object.fromEntries(form);
}

async function createHandle(
  issuer: string,
  doorUrl: string,
  paths: typeof PATHS,
  options: LoginProviderOptions,
  storage: Map<string, Stored>,
): Promise<Handle> {
  const kid = `k${Math.floor(Math.random() * 1e9)}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }] },
    adapter: adapterOver(storage),
    clients: [
      {
        client_id: 'app',
        ...(options.client?.['token_endpoint_auth_method'] === 'none' ? {} : { client_secret: CLIENT_SECRET }),
        redirect_uris: [doorUrl + paths.callback],
        post_logout_redirect_uris: [`${doorUrl}/`],
        response_types: ['code'],
        grant_types: options.refreshes === true ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
        backchannel_logout_uri: doorUrl + paths.backChannelLogout,
        backchannel_logout_session_required: true,
        ...options.client,
      },
    ],
    cookies: { keys: ['a key of tests'] },
    // The provider asks nothing on this machine by itself, and the door is there.
    fetch: (url: string, options: object) => fetch(url, { ...options, dispatcher: undefined } as object),
    claims: { openid: ['sub'], profile: ['name', 'roles'] },
    conformIdTokenClaims: false,
    scopes: ['openid', 'profile', 'read', 'write'],
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 600,
      IdToken: 600,
      AuthorizationCode: 60,
      Grant: 3600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: () => options.refreshes === true,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Ms ${id}`, roles: ['customer'] }),
    }),
    async loadExistingGrant(context: GrantContext) {
      const grant = new provider.Grant({
        accountId: context.oidc.session.accountId,
        clientId: context.oidc.client.clientId,
      });
      grant.addOIDCScope('openid profile read');
      await grant.save();
      return grant;
    },
    interactions: { url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: options.pushes !== false },
      rpInitiatedLogout: { enabled: true, logoutSource: (context: PageContext, form: string) => page(context, form) },
    },
  });
  const callback = provider.callback();
  return (request, response) => {
    const uid = /^\/interaction\/[\w-]+$/.test(request.url ?? '');
    if (!uid) return callback(request, response);
    if (request.method === 'POST') void finish(provider, request, response);
    else
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<form method="post"><input name="user" autofocus><button>Log in</button></form>');
  };
}

interface GrantContext {
  readonly oidc: { readonly session: { readonly accountId: string }; readonly client: { readonly clientId: string } };
}
interface PageContext {
  body: string;
}

function page(context: PageContext, form: string): void {
  context.body = `<!doctype html>${form}<button form="op.logoutForm" name="logout" value="yes">Log out</button>`;
}

async function finish(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const forms: URLSearchParams[] = [];
  await note(request, forms);
  const user = forms[0]?.get('user') ?? '';
  await provider.interactionFinished(
    request,
    response,
    user === 'nobody' ? { error: 'access_denied' } : { login: { accountId: user } },
    { mergeWithLastSubmission: false },
  );
}

interface Stored {
  readonly model: string;
  payload: Record<string, unknown>;
}

/** What outlives new signing keys: the sessions and grants of the provider. */
function adapterOver(storage: Map<string, Stored>): unknown {
  return class {
    readonly #model: string;
    constructor(model: string) {
      this.#model = model;
    }
    #key(id: string): string {
      return `${this.#model} ${id}`;
    }
    async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
      storage.set(this.#key(id), { model: this.#model, payload });
    }
    async find(id: string): Promise<unknown> {
      return storage.get(this.#key(id))?.payload;
    }
    async findByUid(uid: string): Promise<unknown> {
      return [...storage.values()].find(({ model, payload }) => model === this.#model && payload['uid'] === uid)
        ?.payload;
    }
    async findByUserCode(): Promise<unknown> {
      return undefined;
    }
    async consume(id: string): Promise<void> {
      const stored = storage.get(this.#key(id));
      if (stored !== undefined) stored.payload['consumed'] = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string): Promise<void> {
      storage.delete(this.#key(id));
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, { payload }] of storage) if (payload['grantId'] === grantId) storage.delete(key);
    }
  };
}
