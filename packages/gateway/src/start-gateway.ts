import { ConfigurationError, deny, finish, type ConfigurationProblem, type Plan, type Steps } from '@sallyport/core';
import type { AdminServer } from './admin/admin-server.ts';
import { createAdminApi } from './admin/admin-api.ts';
import { createGatewayViews } from './admin/gateway-views.ts';
import type { Listener } from './wire/listener.ts';
import { createMemoryCounters } from './counters/memory-counters.ts';
import { GatewayEvents } from './records/gateway-events.ts';
import { logFileProblem } from './records/log-file.ts';
import { createRecorder, type Recorder } from './records/recorder.ts';
import { createRequestIds } from './request-id.ts';
import { Http2Metrics } from './metrics/http2-metrics.ts';
import { egressRefusals } from './egress/egress.ts';
import { openEncryption } from './encryption/load-encryption.ts';
import { closeApi, loadApiSteps, type LoadedApi } from './load-api.ts';
import { vaultReferencesOf, type ApiSources } from './read-sources.ts';
import { createRecordQueue } from './exchange/record-queue.ts';
import type { RedirectListener } from './wire/redirect-listener.ts';
import { loadNext } from './reload/load-next.ts';
import { compileMeanwhile, compileSmall } from './reload/warm-up.ts';
import { reloadInTurn } from './reload/reload-in-turn.ts';
import { restartSettings } from './reload/restart-settings.ts';
import { createSecretKeeper, type PreparedSecrets } from './vault/secret-keeper.ts';
import { createVaultPool } from './vault/vault-pool.ts';
import { watchFiles, type FileWatch } from './reload/watch-files.ts';
import type { KnownLists } from './tls/issuer-lists.ts';
import { createTlsKeeper } from './tls/tls-keeper.ts';
import type { Door, GuardedApi } from './exchange/guarded-api.ts';
import { openAdmin, openListener, openRedirect } from './open-door.ts';

/** What a gateway is started with: where document and policy are, and who is told of what. */
export interface GatewayOptions extends ApiSources {
  /** Reloads when document or policy change on disk. Default: true. */
  readonly watch?: boolean;
  /** Where log lines go instead of where `log.destination` says; for tests and embedding. */
  readonly logLine?: (line: string) => void;
  /** Told when the log cannot be written, and when it can again, as the log cannot say so itself. */
  readonly onLogTrouble?: (message: string) => void;
  /** Told of each schema that cannot be compiled, at the start and on every reload, beside the log: its operation alone is refused or, where only observed, unchecked. */
  readonly onUnusable?: (problem: ConfigurationProblem) => void;
}

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly admin: { readonly host: string; readonly port: number; readonly tls: boolean } | null;
  /** Where plain HTTP is sent on from; null for nowhere. */
  readonly redirectPort: number | null;
  /** The certificate for development that is served; null for one of an authority. */
  readonly selfSigned: {
    readonly file: string;
    readonly names: readonly string[];
    readonly expiresAtMs: number;
  } | null;
  readonly plan: Plan;
  /** What is soon to be wrong in the files of TLS. */
  readonly warnings: readonly ConfigurationProblem[];
  /** Loads document and policy again; the old ones go on when the new ones are bad, and the problems are returned. */
  reload(): Promise<ConfigurationError | null>;
  /** Stops taking connections, lets exchanges under way finish, then closes everything. */
  close(): Promise<void>;
}

/** Starts a gateway. Rejects with `ConfigurationError` for every doubt about document and policy, and with the system's error when an address is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const counters = createMemoryCounters();
  const refusals = egressRefusals();
  const http2 = new Http2Metrics();
  const knownLists: KnownLists = new Map();
  const events = new GatewayEvents(options.onUnusable);
  const { tell } = events;
  const vaults = createVaultPool({ refusals, ...options.egress, tell });
  const secrets = createSecretKeeper(vaults, { tell });
  const load = (previous: LoadedApi | null, vaultSecret: PreparedSecrets['lookup']): Steps<LoadedApi> =>
    loadApiSteps(
      {
        ...options,
        onFile: (file) => watch?.note(file),
        vaultSecret,
        makesFiles: true,
        // Once: while a reload looked for all that is wrong, the door would stand still.
        allProblems: previous === null ? 'warnings' : null,
        egress: { refusals, ...options.egress },
      },
      counters,
      previous?.identity ?? null,
      tell,
      {
        vaults,
        fieldKeys: previous?.fieldKeys ?? null,
        enumeration: previous?.enumeration ?? null,
        knownLists,
        listening: () => listener,
      },
    );
  let watch: FileWatch | null = null;
  const prepared = await secrets.prepare(vaultReferencesOf(options));
  let listener: Listener | null = null;
  let api: LoadedApi;
  try {
    api = finish(load(null, prepared.lookup));
  } catch (error) {
    prepared.drop();
    throw error;
  }
  prepared.accept();
  const policy = api.plan.policy;
  const recorder = await openRecorder(api, options);
  events.writeTo(recorder);
  const records = createRecordQueue((record) => recorder.record(record));
  const door: Door = {
    api,
    draining: false,
    nextRequestId: createRequestIds(),
    record: (record, look) => records.push(record, look ?? null),
  };

  let secretsAreStale = false;
  const guarding = (): GuardedApi =>
    secretsAreStale ? { ...api, own: null, refusal: deny('SECRETS_STALE', 'head') } : api;
  const keeper = createTlsKeeper(api.listenTls, {
    onChange: (tls) => listener?.renew(tls),
    tell: (level, message, fields) => recorder.event(level, message, fields),
  });
  const views = createGatewayViews(
    {
      get api() {
        return api;
      },
      get draining() {
        return door.draining;
      },
      get secretsAreStale() {
        return secretsAreStale;
      },
      get listener() {
        return listener;
      },
      get doorTls() {
        return keeper.current;
      },
      get counters() {
        return counters.size;
      },
      metrics: () =>
        keeper.metrics() + refusals.render() + secrets.metrics() + (policy.listen.http2 ? http2.render() : ''),
    },
    recorder,
  );
  let redirecting: RedirectListener | null = null;
  let admin: AdminServer | null = null;
  let adminApi: GuardedApi | null = null;
  const administer = (loaded: LoadedApi): GuardedApi | null =>
    createAdminApi(loaded.plan.policy, loaded.plan, loaded.identity, counters, loaded, loaded.adminTls, views);
  try {
    await api.identity.open();
    await openEncryption(policy, api.fieldKeys, false);
    compileSmall(api.plan);
    listener = await openListener(door, api, keeper.current, recorder, http2);
    redirecting = await openRedirect(door, () => api, keeper, listener, recorder);
    adminApi = administer(api);
    admin = await openAdmin(door, api, views, recorder, () => adminApi);
  } catch (error) {
    await listener?.drain(0);
    await redirecting?.close();
    await keeper.close();
    await closeApi(api);
    secrets.close();
    await recorder.close();
    throw error;
  }
  api.identity.start(events.keys);
  api.fieldKeys?.start();
  secrets.start(
    () => void reload(),
    (isStale) => {
      secretsAreStale = isStale;
      door.api = guarding();
    },
  );
  keeper.start();
  let stopCompiling = compileMeanwhile(api.plan, events.compiling);
  events.warnings(api.warnings);

  async function reloadNow(): Promise<ConfigurationError | null> {
    const prepared = await secrets.prepare(vaultReferencesOf(options));
    const next = await loadNext(load(api, prepared.lookup), () => door.draining);
    if (next === null || next instanceof ConfigurationError) {
      prepared.drop();
      watch?.refused();
      if (next !== null) events.reloadRefused(next);
      return next;
    }
    try {
      await take(next, prepared);
    } catch (error) {
      if (api !== next) {
        prepared.drop();
        await closeApi(next);
      }
      throw error;
    }
    return null;
  }
  /** Exchanges under way finish on what they began on; whatever comes gets the new. */
  async function take(next: LoadedApi, prepared: PreparedSecrets): Promise<void> {
    const old = api;
    // First what could go wrong: from the assignment on, nobody goes back.
    const nextAdmin = administer(next);
    next.identity.start(events.keys);
    next.fieldKeys?.start();
    api = next;
    prepared.accept();
    door.api = guarding();
    adminApi = nextAdmin;
    watch?.update(next.files);
    try {
      recorder.reopen();
      await keeper.take(next.listenTls);
      if (keeper.current !== null) listener?.renew(keeper.current);
      if (next.adminTls !== null) admin?.renew(next.adminTls);
      stopCompiling();
      stopCompiling = compileMeanwhile(next.plan, events.compiling);
      events.warnings(next.warnings);
      events.reloaded(next.plan.operations.length, restartSettings(policy, next.plan.policy));
    } finally {
      old.life.retire(() => void closeApi(old));
    }
  }
  const reload = reloadInTurn(
    async () => (door.draining ? null : reloadNow()),
    (fault) => events.reloadFailed(fault),
  );
  if (options.watch !== false) watch = watchFiles(api.files, () => void reload());

  let closing: Promise<void> | null = null;
  async function closeAll(open: Listener): Promise<void> {
    door.draining = true;
    watch?.close();
    secrets.close();
    stopCompiling();
    await keeper.close();
    await redirecting?.close();
    await open.drain(api.plan.policy.listen.drainTimeoutMs);
    // Whose turn comes now does nothing.
    await reload();
    // A reload that was under way has begun it again.
    stopCompiling();
    await closeApi(api);
    await admin?.close();
    records.flush();
    await recorder.close();
  }

  const scheme = policy.listen.tls === null ? 'http' : 'https';
  return {
    url: `${scheme}://${listener.host.includes(':') ? `[${listener.host}]` : listener.host}:${listener.port}`,
    host: listener.host,
    port: listener.port,
    admin: admin === null ? null : { host: admin.host, port: admin.port, tls: (policy.admin?.tls ?? null) !== null },
    redirectPort: redirecting?.port ?? null,
    selfSigned: selfSignedOf(api),
    get plan() {
      return api.plan;
    },
    get warnings() {
      return api.warnings;
    },
    reload,
    close() {
      closing ??= closeAll(listener);
      return closing;
    },
  };
}

function selfSignedOf({ listenTls }: LoadedApi): Gateway['selfSigned'] {
  if (listenTls === null || listenTls.selfSigned === null) return null;
  const [certificate] = listenTls.certificates;
  return {
    file: listenTls.selfSigned,
    names: certificate?.names ?? [],
    expiresAtMs: certificate?.expiresAtMs ?? 0,
  };
}

/** The log of a door. A file that cannot be opened is a problem of the policy, and nothing stays open then. */
async function openRecorder(api: LoadedApi, { logLine, onLogTrouble }: GatewayOptions): Promise<Recorder> {
  const { policy } = api.plan;
  try {
    return createRecorder(policy, {
      ...(logLine === undefined ? {} : { writeLine: logLine }),
      ...(onLogTrouble === undefined ? {} : { onLogTrouble }),
    });
  } catch (error) {
    await closeApi(api);
    throw new ConfigurationError([logFileProblem(policy, error)]);
  }
}
