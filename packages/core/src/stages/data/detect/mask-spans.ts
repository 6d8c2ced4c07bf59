import { maskText } from '../mask-text.ts';
import type { SensitiveSpan } from './find-sensitive.ts';

/** Masks parts of a text: the last four characters of a number stay, nothing of a token or a private key. */
export function maskSpans(text: string, spans: readonly SensitiveSpan[]): string {
  let masked = '';
  let from = 0;
  for (const { kind, start, end } of spans) {
    const secret = kind === 'token' || kind === 'private-key';
    masked += text.slice(from, start) + (secret ? '****' : maskText(text.slice(start, end)));
    from = end;
  }
  return masked + text.slice(from);
}
