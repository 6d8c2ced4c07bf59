import { oncePer } from '../../once-per.ts';
import type { Exchange } from '../../exchange.ts';
import type { LimitKey } from '../../policy/policy.ts';
import type { Principal } from '../../principal.ts';
import { addressBlock } from './address-block.ts';
import { boundedText } from './bounded-text.ts';

/** The counter's key within one limit, of what is known of the exchange. Bounded in length; no two holders share one. */
export type KeyOf = (exchange: Exchange) => string;

/** What anonymous principals are counted by, whatever else the rule says. */
const ADDRESS = { kind: 'address', ipv4Prefix: 32, ipv6Prefix: 64 } as const;

/**
 * Compiles a rule's key. Where what it asks for is not there, the next coarser thing stands in, so that leaving it out frees nobody: a header
 * that was not sent counts by address; a claim that is missing or no scalar, and a credential without a key id, count by principal; an anonymous principal
 * counts by address. The first letter says which it was; lengths stand before texts, so that no text runs into the next.
 */
export function compileKey(by: LimitKey, operationId: string, perOperation: boolean): KeyOf {
  const keyOf = keyWithin(by, operationId);
  if (!perOperation || by.kind === 'operation') return keyOf;
  const prefix = `${operationId.length}:${operationId}`;
  return (exchange) => prefix + keyOf(exchange);
}

function keyWithin(by: LimitKey, operationId: string): KeyOf {
  switch (by.kind) {
    case 'operation':
      return () => `o${operationId}`;
    case 'address':
      return addressKeyWith(by.ipv4Prefix, by.ipv6Prefix);
    case 'principal':
      return principalKey;
    case 'key':
      return (exchange) => {
        const counted = exchange.principal?.keys?.[0];
        if (counted !== undefined) return familyKey(counted.family);
        const keyId = exchange.principal?.keyId ?? null;
        return keyId === null || exchange.principal === null
          ? principalKey(exchange)
          : `k${text(exchange.principal.issuer)}${boundedText(keyId)}`;
      };
    case 'claim':
      return (exchange) => claimKey(exchange, by.name);
    case 'header': {
      const name = by.name.toLowerCase();
      return (exchange) => {
        const value = headerValue(exchange.rawHeaders, name);
        return value === null ? addressKey(exchange) : `h${boundedText(value)}`;
      };
    }
  }
}

/** The counter of a key for limits by key: one for all its successors and all tokens that any of them obtained. */
export function familyKey(family: string): string {
  return `f${boundedText(family)}`;
}

/** Requests of one address come behind each other, all of them behind a proxy: the last key is kept. */
function addressKeyWith(ipv4Prefix: number, ipv6Prefix: number): KeyOf {
  let address = '';
  let key = `a${addressBlock(address, ipv4Prefix, ipv6Prefix)}`;
  return ({ clientAddress }) => {
    if (clientAddress !== address) {
      key = `a${addressBlock(clientAddress, ipv4Prefix, ipv6Prefix)}`;
      address = clientAddress;
    }
    return key;
  };
}

const addressKey = addressKeyWith(ADDRESS.ipv4Prefix, ADDRESS.ipv6Prefix);

/** Principals are shared between the exchanges of one credential. */
const keyOfPrincipal = oncePer(({ issuer, subject }: Principal) => `p${text(issuer)}${boundedText(subject)}`);

function principalKey(exchange: Exchange): string {
  const { principal } = exchange;
  return principal === null || principal.kind === 'anonymous' ? addressKey(exchange) : keyOfPrincipal(principal);
}

function claimKey(exchange: Exchange, name: string): string {
  const value = exchange.principal === null ? undefined : attribute(exchange.principal, name);
  switch (typeof value) {
    case 'string':
      return `c${boundedText(value)}`;
    case 'number':
    case 'boolean':
      // `1` and `'1'` are different claims.
      return `v${String(value)}`;
    default:
      return principalKey(exchange);
  }
}

function attribute(principal: Principal, name: string): unknown {
  return Object.hasOwn(principal.attributes, name) ? principal.attributes[name] : undefined;
}

/** Every value of the header, joined; null where it was not sent. */
function headerValue(raw: readonly string[], name: string): string | null {
  let value: string | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] ?? '';
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue;
    value = value === null ? (raw[index + 1] ?? '') : `${value}, ${raw[index + 1] ?? ''}`;
  }
  return value;
}

function text(part: string): string {
  const bounded = boundedText(part);
  return `${bounded.length}:${bounded}`;
}
