import type { Exchange } from '../../exchange.ts';
import { decodePercent } from './percent-decoding.ts';

/**
 * The query to send upstream, without `?`; null for none. Without what the parameters stage took out, and without the pairs that carried
 * credentials: the upstream would log them. Every other pair stays byte for byte what was checked.
 */
export function upstreamQuery(exchange: Exchange): string | null {
  const query = exchange.rewrittenQuery ?? exchange.query;
  if (query === null || query === '') return null;
  if (exchange.credentialQuery.length === 0) return query;
  const kept = query.split('&').filter((pair) => {
    const equals = pair.indexOf('=');
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true);
    return name === null || !exchange.credentialQuery.includes(name);
  });
  return kept.length === 0 ? null : kept.join('&');
}
