import { describe, expect, it } from 'vitest';
import { rotateTicketKeys, ticketKey, TICKET_KEY_LIFE_MS } from './ticket-keys.ts';

const SECRET = 'a'.repeat(32);

describe('ticketKey', () => {
  it('is the same for whoever knows the secret within an hour, and another one in the next', () => {
    const hour = 1_800_000_000_000 - (1_800_000_000_000 % TICKET_KEY_LIFE_MS);
    expect(ticketKey(SECRET, hour)).toEqual(ticketKey(SECRET, hour + TICKET_KEY_LIFE_MS - 1));
    expect(ticketKey(SECRET, hour)).not.toEqual(ticketKey(SECRET, hour + TICKET_KEY_LIFE_MS));
    expect(ticketKey(SECRET, hour)).not.toEqual(ticketKey(`${SECRET}b`, hour));
    expect(ticketKey(SECRET, hour).length).toBe(48);
  });
});

describe('rotateTicketKeys', () => {
  it('sets a key at once, another on a renewal, and without a secret never the same twice', () => {
    const keys: string[] = [];
    const tickets = rotateTicketKeys({ setTicketKeys: (key) => void keys.push(key.toString('hex')) }, null);
    tickets.renew(null);
    tickets.renew(SECRET);
    tickets.close();
    expect(new Set(keys).size).toBe(3);
  });
});
