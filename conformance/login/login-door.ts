import { openDoor, until, type Door, type DoorOptions } from '../door.ts';
import { CLIENT_SECRET, startLoginProvider, type LoginProvider, type LoginProviderOptions } from './login-provider.ts';
import { MiniBrowser, type Loaded } from './mini-browser.ts';

const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const secured = (id: string, scopes: readonly string[] = []): object => ({
  operationId: id,
  security: [{ signIn: scopes }],
  responses: { 200: OK },
});

export const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  components: {
    securitySchemes: { signIn: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example/.well-known' } },
  },
  paths: {
    '/': { get: { operationId: 'home', security: [], responses: { 200: OK } } },
    '/things': { get: secured('things'), post: secured('addThing') },
    '/secrets': { get: secured('secrets', ['write']) },
    '/readable': { get: secured('readable', ['read']) },
  },
};

/** A door with a login at a real provider, and a browser in front of it. */
export interface LoginDoor {
  readonly door: Door;
  readonly provider: LoginProvider;
  readonly browser: MiniBrowser;
  close(): Promise<void>;
}

export interface LoginDoorOptions extends LoginProviderOptions {
  /** Settings of `login`, in the flow style of YAML, after a comma. */
  readonly settings?: string;
  /** Lines of the policy. */
  readonly policy?: string;
  readonly door?: Partial<DoorOptions>;
  readonly secret?: string;
}

export async function openLoginDoor(options: LoginDoorOptions = {}): Promise<LoginDoor> {
  const provider = await startLoginProvider(options);
  const door = await openDoor({
    document: DOCUMENT,
    files: { 'client.secret': CLIENT_SECRET, ...options.door?.files },
    ...options.door,
    policy: loginPolicy(provider.issuer, options),
  });
  await provider.register(door.url);
  return {
    door,
    provider,
    browser: new MiniBrowser(),
    async close() {
      await door.close();
      await provider.close();
    },
  };
}

export function loginPolicy(issuer: string, { settings = '', policy = '', secret }: LoginDoorOptions): string {
  return `
upstream: { principalHeaders: { subject: X-User, issuer: X-Issuer, scopes: X-Scopes, roles: X-Roles } }
log: { level: debug }
${/^limits:/m.test(policy) ? '' : 'limits: []'}
store: sqlite:./sessions.db
authentication:
  signIn:
    login: { issuer: '${issuer}', clientId: app, ${secret ?? "clientSecret: '${file:client.secret}'"}, scopes: [profile, read]${settings} }
${policy}`;
}

/** Logs a user in from a page that needs it; resolves with what the browser ends up with. */
export async function logIn({ door, browser }: LoginDoor, user = 'alice', path = '/things'): Promise<Loaded> {
  const form = await browser.open(door.url + path);
  return browser.submit(form.url, { user });
}

/** The problem that a client was told, and the code that the operator reads, with its facts. */
export async function refusalOf(
  { door }: Pick<LoginDoor, 'door'>,
  loaded: Loaded,
): Promise<{ readonly status: number; readonly told: string; readonly code: unknown; readonly facts: unknown }> {
  const { code: told, requestId } = JSON.parse(loaded.text) as { readonly code: string; readonly requestId: string };
  const line = (): Record<string, unknown> | undefined =>
    door.log.find((entry) => entry['http.request.id'] === requestId);
  await until(() => line() !== undefined);
  const { code, facts } = (line() ?? {})['sallyport'] as { readonly code: string; readonly facts?: unknown };
  return { status: loaded.status, told, code, facts };
}
