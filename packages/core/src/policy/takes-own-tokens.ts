import type { JwtPolicy } from './authentication-policy.ts';
import type { TokensPolicy } from './policy.ts';

/** Whether an entry takes tokens that Sallyport itself issues: by `tokens: self`, or because it names our issuer and finds the keys by URL as anybody could. */
export function takesOwnTokens({ keys, issuer }: JwtPolicy, tokens: TokensPolicy | null | undefined): boolean {
  return keys.from === 'self' || (tokens !== null && tokens !== undefined && issuer === tokens.issuer);
}
