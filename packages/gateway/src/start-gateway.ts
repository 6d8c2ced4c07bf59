import {
  ConfigurationError,
  deny,
  finish,
  type ConfigurationProblem,
  type Plan,
  type Steps,
  type UnusableOperation,
} from '@sallyport/core';
import { createAdminServer, type AdminServer } from './admin/admin-server.ts';
import { createAdminApi } from './admin/admin-api.ts';
import { createReadiness } from './admin/readiness.ts';
import { operationsRefused } from './admin/store-needs.ts';
import type { AdminViews } from './admin/health-exchange.ts';
import type { Listener } from './wire/listener.ts';
import { createMemoryCounters } from './counters/memory-counters.ts';
import { logFileProblem } from './records/log-file.ts';
import { createRecorder, type Recorder } from './records/recorder.ts';
import { createRequestIds } from './request-id.ts';
import { Http2Metrics } from './metrics/http2-metrics.ts';
import { egressRefusals } from './egress/egress.ts';
import { openEncryption } from './encryption/load-encryption.ts';
import { loadApiSteps, type LoadedApi } from './load-api.ts';
import { vaultReferencesOf, type ApiSources } from './read-sources.ts';
import { createRecordQueue } from './exchange/record-queue.ts';
import { tellRefused } from './wire/refused-connections.ts';
import type { RedirectListener } from './wire/redirect-listener.ts';
import { inPieces } from './reload/in-pieces.ts';
import { compileMeanwhile, compileSmall, type CompileReport } from './reload/warm-up.ts';
import { restartSettings } from './reload/restart-settings.ts';
import { createSecretKeeper, type PreparedSecrets } from './vault/secret-keeper.ts';
import { createVaultPool } from './vault/vault-pool.ts';
import { watchFiles, type FileWatch } from './reload/watch-files.ts';
import { servedCertificates } from './tls/load-door-tls.ts';
import type { CheckedCertificate } from './tls/door-certificate.ts';
import type { KnownLists } from './tls/issuer-lists.ts';
import { createTlsKeeper } from './tls/tls-keeper.ts';
import type { Door, GuardedApi } from './exchange/guarded-api.ts';
import { openListener, openRedirect } from './open-door.ts';

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
  const vaults = createVaultPool({
    refusals,
    ...options.egress,
    tell: (level, message, detail) => tell(level, message, detail),
  });
  const load = (previous: LoadedApi | null, vaultSecret: PreparedSecrets['lookup']): Steps<LoadedApi> =>
    loadApiSteps(
      {
        ...options,
        vaultSecret,
        makesFiles: true,
        // Once: while a reload looked for all that is wrong, the door would stand still.
        allProblems: previous === null ? 'warnings' : null,
        egress: { refusals, ...options.egress },
      },
      counters,
      previous?.identity ?? null,
      (level, message, detail) => tell(level, message, detail),
      { vaults, fieldKeys: previous?.fieldKeys ?? null, knownLists, listening: () => listener },
    );
  // What is told before there is a recorder waits for it.
  const told: Parameters<typeof tell>[] = [];
  let tell = (level: 'info' | 'warn' | 'error', message: string, detail: string): void =>
    void told.push([level, message, detail]);
  const secrets = createSecretKeeper(vaults, { tell: (level, message, detail) => tell(level, message, detail) });
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
  tell = (level, message, detail) => recorder.event(level, message, detail === '' ? {} : { detail });
  for (const event of told) tell(...event);
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
  let redirecting: RedirectListener | null = null;
  const readiness = createReadiness(door, {
    keySets: () => api.identity.status(),
    refusedForStore: (nowMs) => operationsRefused(api.plan, api.identity, nowMs),
    get secretsAreStale() {
      return secretsAreStale;
    },
  });
  const views: AdminViews = {
    readiness: () => readiness(Date.now()),
    async metrics() {
      const text = recorder.metrics({
        connections: (await listener?.connections()) ?? 0,
        upstreamPending: api.upstream.pending,
        keySets: api.identity.status(),
        counters: counters.size,
        certificates: expiries(servedCertificates(keeper.current), servedCertificates(api.adminTls)),
        revocationLists: api.revocationLists,
      });
      return (
        text +
        keeper.metrics() +
        api.identity.metrics() +
        refusals.render() +
        (api.fieldKeys?.metrics() ?? '') +
        secrets.metrics() +
        (policy.listen.http2 ? http2.render() : '')
      );
    },
  };
  let admin: AdminServer | null = null;
  let adminApi: GuardedApi | null = null;
  const administer = (loaded: LoadedApi): GuardedApi | null =>
    createAdminApi(loaded.plan.policy, loaded.plan, loaded.identity, counters, loaded, loaded.adminTls, views);
  let watch: FileWatch | null = null;
  try {
    await api.identity.open();
    await openEncryption(policy, api.fieldKeys, false);
    compileSmall(api.plan);
    listener = await openListener(door, api, keeper.current, recorder, http2);
    redirecting = await openRedirect(door, () => api, keeper, listener, recorder);
    adminApi = administer(api);
    admin =
      policy.admin === null
        ? null
        : await createAdminServer({
            host: policy.admin.host,
            port: policy.admin.port,
            views,
            tls: api.adminTls,
            onHandshakeFailure: (failure) => recorder.handshakeFailed(failure),
            onRefused: tellRefused('administration', recorder.event),
            openMetrics: policy.admin.metrics !== 'credential',
            api: () => adminApi,
            door: { nextRequestId: door.nextRequestId, record: door.record },
          });
  } catch (error) {
    await listener?.drain(0);
    await redirecting?.close();
    await keeper.close();
    await closeApi(api);
    secrets.close();
    await recorder.close();
    throw error;
  }
  const tellKeys = (schemes: string, error: string | null): void =>
    error === null
      ? recorder.event('info', 'the keys of an issuer are loaded again', { schemes })
      : recorder.event(
          'warn',
          'the keys of an issuer cannot be loaded; tokens are judged by those loaded before, if any',
          {
            schemes,
            // The address is the operator's own; a query in it may hold a credential.
            reason: error.replace(/\?\S*?(?=: |$)/g, '?…'),
          },
        );
  api.identity.start(tellKeys);
  api.fieldKeys?.start();
  secrets.start(
    () => void reload(),
    (isStale) => {
      secretsAreStale = isStale;
      door.api = guarding();
    },
  );
  keeper.start();
  const tellUnusable = ({ problem, mode }: UnusableOperation): void => {
    const { code, file, line, message, hint } = problem;
    const [level, what] =
      mode === 'enforce'
        ? (['error', 'an operation refuses every request'] as const)
        : (['warn', 'an operation is not checked as its document says'] as const);
    recorder.event(level, what, { code, file, line, detail: message, hint });
    options.onUnusable?.(problem);
  };
  const compiling: CompileReport = {
    unusable: tellUnusable,
    stopped: (error) =>
      recorder.event('error', 'compiling ahead has stopped; the first request for an operation compiles it', {
        detail: error instanceof Error ? error.message : String(error),
      }),
  };
  let stopCompiling = compileMeanwhile(api.plan, compiling);
  const tellWarnings = (of: LoadedApi): void => {
    for (const { code, file, message } of of.warnings) recorder.event('warn', message, { code, file });
  };
  tellWarnings(api);

  let reloading: Promise<ConfigurationError | null> = Promise.resolve(null);
  async function reloadNow(): Promise<ConfigurationError | null> {
    let next: LoadedApi;
    const prepared = await secrets.prepare(vaultReferencesOf(options));
    try {
      const loaded = await inPieces(load(api, prepared.lookup), () => door.draining);
      if (loaded === null) {
        prepared.drop();
        return null;
      }
      next = loaded;
      await next.identity
        .open()
        .then(() => openEncryption(next.plan.policy, next.fieldKeys, true))
        .then(() => compileSmall(next.plan))
        .catch(async (error: unknown) => {
          await closeApi(next);
          throw error;
        });
    } catch (error) {
      prepared.drop();
      const problem =
        error instanceof ConfigurationError
          ? error
          : new ConfigurationError([
              {
                code: 'INTERNAL_FAULT',
                file: '',
                line: 0,
                column: 0,
                path: '',
                message: error instanceof Error ? error.message : String(error),
                hint: null,
              },
            ]);
      recorder.event('error', 'reload refused; the running policy stays', {
        problems: problem.problems.length,
        detail: problem.message,
      });
      return problem;
    }
    const old = api;
    next.identity.start(tellKeys);
    next.fieldKeys?.start();
    api = next;
    prepared.accept();
    door.api = guarding();
    adminApi = administer(next);
    watch?.update(next.files);
    recorder.reopen();
    await keeper.take(next.listenTls);
    if (keeper.current !== null) listener?.renew(keeper.current);
    if (next.adminTls !== null) admin?.renew(next.adminTls);
    stopCompiling();
    stopCompiling = compileMeanwhile(next.plan, compiling);
    tellWarnings(next);
    recorder.event('info', 'reloaded', { operations: next.plan.operations.length });
    const kept = restartSettings(policy, next.plan.policy);
    if (kept.length > 0)
      recorder.event('warn', 'some settings take effect at the next start only', { settings: kept.join(', ') });
    old.life.retire(() => void closeApi(old));
    return null;
  }
  const reload = (): Promise<ConfigurationError | null> => {
    reloading = reloading.then(() => (door.draining ? null : reloadNow()));
    return reloading;
  };
  if (options.watch !== false) watch = watchFiles(api.files, () => void reload());

  let closing: Promise<void> | null = null;
  async function closeAll(open: Listener): Promise<void> {
    door.draining = true;
    watch?.close();
    secrets.close();
    stopCompiling();
    await keeper.close();
    await redirecting?.close();
    await open.drain(policy.listen.drainTimeoutMs);
    await reloading;
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
    selfSigned:
      api.listenTls === null || api.listenTls.selfSigned === null
        ? null
        : {
            file: api.listenTls.selfSigned,
            names: api.listenTls.certificates[0]?.names ?? [],
            expiresAtMs: api.listenTls.certificates[0]?.expiresAtMs ?? 0,
          },
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

/** When certificates end, by their first name; one that both listeners show, once. */
function expiries(
  ...shown: readonly (readonly CheckedCertificate[])[]
): readonly { readonly name: string; readonly expiresAtMs: number }[] {
  const byName = new Map<string, number>();
  for (const { names, expiresAtMs } of shown.flat()) {
    const name = names[0] ?? '';
    byName.set(name, Math.min(byName.get(name) ?? Infinity, expiresAtMs));
  }
  return [...byName].map(([name, expiresAtMs]) => ({ name, expiresAtMs }));
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

async function closeApi(api: LoadedApi): Promise<void> {
  api.fieldKeys?.close();
  await Promise.all([api.identity.close(), api.owners.close(), api.upstream.close()]);
}
