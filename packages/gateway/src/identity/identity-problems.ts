import type { ConfigurationProblem, Policy, TokenPolicy } from '@sallyport/core';
import type { StartCode } from '../start-codes.ts';
import type { StoreError } from '../store/store-error.ts';

/** A store that will not do without somebody's help. */
export function storeProblem(policy: Policy, { kind, message }: StoreError): ConfigurationProblem {
  const place = policy.locate?.({ file: policy.file ?? '', pointer: '/store' }) ?? {
    file: policy.file ?? '',
    line: 0,
    column: 0,
  };
  const code: StartCode = kind === 'newer' ? 'STORE_NEWER' : kind === 'key' ? 'STORE_KEY' : 'STORE_UNUSABLE';
  return { ...place, code, path: '/store', message, hint: null };
}

/** Our own key, by which an issuer knows us. */
export function clientKeyProblem(
  policy: Policy,
  entry: Pick<TokenPolicy, 'place'>,
  message: string,
): ConfigurationProblem {
  return problemAt(
    policy,
    entry,
    'CLIENT_KEY_INVALID',
    `clientKey cannot be used: ${message}`,
    'Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client.pem',
  );
}

/** A problem of an entry, at its place in the policy. */
export function problemAt(
  policy: Policy,
  { place }: Pick<TokenPolicy, 'place'>,
  code: StartCode,
  message: string,
  hint: string,
): ConfigurationProblem {
  return {
    ...(policy.locate?.(place) ?? { file: place?.file ?? policy.file ?? '', line: 0, column: 0 }),
    code,
    path: place?.pointer ?? '',
    message,
    hint,
  };
}
