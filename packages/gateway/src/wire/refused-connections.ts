import type { Server } from 'node:net';
import { fileReason } from '../file-reason.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';

/** So long none was refused before it is said to be over. */
const QUIET_MS = 60_000;

type Tell = (level: 'warn' | 'info', message: string, fields: Readonly<Record<string, string | number>>) => void;

/** Takes that a connection was refused, and why. */
export type OnRefused = (reason: string) => void;

/** Tells that connections are refused, once, and how many they were when none was for a minute. */
export function tellRefused(listener: string, tell: Tell, clock: Pick<Clock, 'schedule'> = SYSTEM_CLOCK): OnRefused {
  let refused = 0;
  const look = (before: number): void => {
    clock.schedule(QUIET_MS, () => {
      if (refused !== before) return look(refused);
      tell('info', 'connections are taken again', { listener, refused });
      refused = 0;
    });
  };
  return (reason) => {
    refused += 1;
    if (refused > 1) return;
    tell('warn', 'connections are refused', { listener, reason });
    look(1);
  };
}

/** Hears of connections that a listening server does not take. Without it one that the system cannot hand over would end the process. */
export function watchRefused(server: Server, onRefused: OnRefused): void {
  server.on('drop', () => onRefused(`${server.maxConnections} are open, as many as may be`));
  server.on('error', (error) => onRefused(fileReason(error)));
}
