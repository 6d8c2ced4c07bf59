import { isAddress, isLoopbackHost } from './addresses.ts';
import { classifyAddress } from './classify-address.ts';
import type { PolicyProblems } from './policy-problems.ts';

/** How a URL of the policy is used, and so what it must be. */
export interface UrlRule {
  /** `loopback`: http only to this machine. */
  readonly plain: 'allowed' | 'loopback';
  readonly query: boolean;
  /** What plain HTTP would give away. Default: keys that are read from there. */
  readonly plainRisk?: string;
}

/**
 * Parses a URL of the policy, or adds what is wrong with it and returns null. Credentials in it are refused everywhere: URLs end up in
 * logs. The URL is never repeated in a message, for it may hold some.
 */
export function checkUrl(text: string, rule: UrlRule, pointer: string, problems: PolicyProblems): URL | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || !/^https?:\/\//i.test(text)) {
    problems.add(
      'POLICY_URL',
      pointer,
      `expected ${rule.plain === 'allowed' ? 'an http or https URL' : 'an https URL'}`,
      'Write the whole URL: https://host/path.',
    );
    return null;
  }
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text)) {
    problems.add(
      'POLICY_SECRET_IN_URL',
      pointer,
      'the URL holds a user name or password',
      'Remove what stands before the @; URLs end up in logs.',
    );
    return null;
  }
  if (text.includes('#') || (!rule.query && text.includes('?'))) {
    problems.add(
      'POLICY_URL',
      pointer,
      `the URL has a ${text.includes('#') ? 'fragment' : 'query'}`,
      'Write scheme, host, port and path only.',
    );
    return null;
  }
  if (/[\s\\]/.test(text)) {
    problems.add(
      'POLICY_URL',
      pointer,
      'the URL has white space or a backslash',
      'Percent-encode it, and use / to divide.',
    );
    return null;
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isAddress(host) && classifyAddress(host) === 'never') {
    problems.add(
      'POLICY_EGRESS_NEVER',
      pointer,
      'nothing is ever asked at this address',
      'Metadata services hand credentials of the machine to whoever asks; write the address of the service that is meant.',
    );
    return null;
  }
  if (rule.plain === 'loopback' && url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    problems.add(
      'POLICY_URL',
      pointer,
      'expected an https URL',
      `${rule.plainRisk ?? 'Whoever can change a plain answer on its way can choose the keys.'} http is for loopback addresses.`,
    );
    return null;
  }
  return url;
}
