import { hkdfSync, randomBytes } from 'node:crypto';
import type { Server } from 'node:tls';

const KEY_BYTES = 48;
/** Twelve times the life of a ticket; one of an earlier key means a whole handshake and nothing worse. */
export const TICKET_KEY_LIFE_MS = 3_600_000;

/**
 * Changes the key of a server's session tickets every hour: who has it can read recorded sessions of TLS 1.2. With a secret every machine
 * that knows it has the same key in the same hour, without a word between them; without one it is random, and new on every `renew`.
 */
export function rotateTicketKeys(
  server: Pick<Server, 'setTicketKeys'>,
  first: string | null,
): { renew(secret: string | null): void; close(): void } {
  let secret = first;
  let timer: NodeJS.Timeout | null = null;
  const rotate = (): void => {
    const nowMs = Date.now();
    server.setTicketKeys(secret === null ? randomBytes(KEY_BYTES) : ticketKey(secret, nowMs));
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(rotate, TICKET_KEY_LIFE_MS - (nowMs % TICKET_KEY_LIFE_MS)).unref();
  };
  rotate();
  return {
    renew(next) {
      secret = next;
      rotate();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** The key of the hour that `nowMs` lies in (RFC 5869). The keys of other hours cannot be told from it. */
export function ticketKey(secret: string, nowMs: number): Buffer {
  const hour = Math.floor(nowMs / TICKET_KEY_LIFE_MS);
  return Buffer.from(hkdfSync('sha256', secret, '', `sallyport session tickets ${hour}`, KEY_BYTES));
}
