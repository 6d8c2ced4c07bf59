import type { Socket } from 'node:net';
import { reachesListener } from '@sallyport/core';

/** What a listener of this process is bound to. */
export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * True where a connection that this process has opened ended at a listener of its own, whatever name led there. Where the listener is bound to all addresses,
 * those of this machine are told by the connection: from and to are the same. What comes back by way of another proxy is not seen.
 */
export function leadsBack(
  socket: Partial<Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>>,
  { host, port }: ListeningAddress,
): boolean {
  const { remoteAddress, remotePort, localAddress } = socket;
  if (remotePort !== port || remoteAddress === undefined) return false;
  return (
    reachesListener(remoteAddress, host) || ((host === '::' || host === '0.0.0.0') && remoteAddress === localAddress)
  );
}
