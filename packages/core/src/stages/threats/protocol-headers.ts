import { interned } from '../../interned.ts';

/** Fields whose syntax HTTP itself lays down, or that are proved, counted or replaced by other stages. */
const PROTOCOL_HEADERS = new Set(
  (
    'host connection content-length content-type content-encoding content-language transfer-encoding te trailer upgrade keep-alive ' +
    'accept accept-encoding accept-language accept-charset cache-control pragma expect authorization proxy-authorization cookie date ' +
    'range age via origin dnt dpop traceparent tracestate priority max-forwards upgrade-insecure-requests'
  )
    .split(' ')
    .map(interned),
);

/** Whether HTTP itself lays down what a field holds; `name` in lower case. */
export function isOfProtocol(name: string): boolean {
  return PROTOCOL_HEADERS.has(name) || name.startsWith('sec-') || name.startsWith('if-');
}

/**
 * What no field of HTTP holds, and what runs wherever a library writes it into a log (`${jndi:…}`) or a server hands it to a shell (`() { :; }`): nobody has
 * to read the field for it. Cookies are looked at by themselves.
 */
export function isRunByLoggers(name: string, text: string): boolean {
  return text.includes('{') && (text.includes('${') || /\(\)\s*\{/.test(text)) && name !== 'cookie';
}
