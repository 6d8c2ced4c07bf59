import type { Policy } from '@sallyport/core';

/** Settings that a running process keeps: sockets are open and logs written by what stood in them at the start. */
const SETTINGS: readonly (readonly [string, (policy: Policy) => unknown])[] = [
  ['listen.host', ({ listen }) => listen.host],
  ['listen.port', ({ listen }) => listen.port],
  ['listen.tls', ({ listen }) => listen.tls !== null],
  ['listen.tls.clientCertificates', ({ listen }) => listen.tls?.clientCertificates?.require ?? null],
  ['listen.http2', ({ listen }) => listen.http2],
  ['listen.redirect', ({ listen }) => listen.redirect?.port ?? null],
  ['listen.maxConnections', ({ listen }) => listen.maxConnections],
  ['requests.maxHeadBytes', ({ requests }) => requests.maxHeadBytes],
  ['requests.headTimeout', ({ requests }) => requests.headTimeoutMs],
  ['requests.bodyTimeout', ({ requests }) => requests.bodyTimeoutMs],
  [
    'admin',
    ({ admin }) =>
      admin !== null && [
        admin.host,
        admin.port,
        admin.metrics,
        (admin.tls ?? null) !== null,
        admin.tls?.clientCertificates?.require,
      ],
  ],
  ['log', ({ log }) => log],
];

/** Names of the settings that differ and need a restart to take effect. */
export function restartSettings(running: Policy, next: Policy): readonly string[] {
  return SETTINGS.flatMap(([name, read]) =>
    JSON.stringify(read(running)) === JSON.stringify(read(next)) ? [] : [name],
  );
}
