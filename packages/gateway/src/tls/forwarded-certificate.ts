import { X509Certificate } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { ForwardedCertificatesPolicy } from '@sallyport/core';
import { DER, readElement } from './der.ts';
import { readPemBlocks } from './pem.ts';

/** A certificate that a trusted proxy says its client has shown; nothing of it is verified yet. */
export class ForwardedCertificate {
  /** Null where what the proxy said is no one certificate. */
  readonly leaf: X509Certificate | null;

  constructor(leaf: X509Certificate | null) {
    this.leaf = leaf;
  }
}

/** What stands for the connection of a client behind a proxy: the certificate passed on, or null for none. Undefined where the peer is no trusted proxy. */
export type ReadForwarded = (
  peerAddress: string,
  rawHeaders: readonly string[],
) => ForwardedCertificate | null | undefined;

/** Certificates that are kept as they were read; the same clients come again and again. */
const MAX_KEPT = 1000;
/** No certificate is larger, and what is kept is bounded by it. */
const MAX_CHARACTERS = 16_384;

/**
 * Makes the reader of the header that carries certificates. It is read only where the peer of the connection itself is a trusted proxy, and
 * then the peer's own certificate is nobody's: it would make every client the proxy. A header that stands twice, or is malformed, is a
 * certificate that nobody believes, never none at all.
 */
export function createForwardedReader(
  { header }: ForwardedCertificatesPolicy,
  trustedProxies: readonly string[],
): ReadForwarded {
  const isTrusted = compileRanges(trustedProxies);
  const name = header.toLowerCase();
  const read = READERS[header];
  const kept = new Map<string, ForwardedCertificate>();
  return (peerAddress, rawHeaders) => {
    if (!isTrusted(peerAddress)) return undefined;
    let value: string | null = null;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2)
      if (rawHeaders[i]?.toLowerCase() === name) {
        if (value !== null) return new ForwardedCertificate(null);
        value = rawHeaders[i + 1] as string;
      }
    // A variable of the proxy that is empty: its client showed nothing.
    if (value === null || value === '') return null;
    const known = kept.get(value);
    if (known !== undefined) return known;
    const made = new ForwardedCertificate(value.length > MAX_CHARACTERS ? null : parse(read, value));
    if (made.leaf !== null) {
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(value, made);
    }
    return made;
  };
}

function parse(read: (value: string) => Buffer | null, value: string): X509Certificate | null {
  try {
    const der = read(value);
    // What follows the certificate would be read by one and not by another.
    if (der === null || readElement(der, 0, der.length, DER.SEQUENCE).end !== der.length) return null;
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

const READERS: Readonly<Record<ForwardedCertificatesPolicy['header'], (value: string) => Buffer | null>> = {
  // A byte sequence (RFC 9651, section 3.3.5).
  'Client-Cert': (value) => {
    const text = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1];
    return text === undefined ? null : Buffer.from(text, 'base64');
  },
  'X-SSL-Client-Cert': (value) => fromEscapedPem(value),
  // One element: of several, which one is the client's would depend on who has added to a list that a client may have begun.
  'X-Forwarded-Client-Cert': (value) => {
    const texts = [...value.matchAll(/(?:^|;)Cert="([^"\\;,]*)"(?=;|$)/gi)];
    return texts.length === 1 && !outsideQuotes(value).includes(',') ? fromEscapedPem(texts[0]?.[1] ?? '') : null;
  },
};

function outsideQuotes(value: string): string {
  return value.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
}

function fromEscapedPem(value: string): Buffer | null {
  const blocks = readPemBlocks(decodeURIComponent(value), 'CERTIFICATE');
  return blocks.length === 1 ? (blocks[0] ?? null) : null;
}

function compileRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
