import { NOTHING_DECLARED } from './header-classes.ts';
import type { ResponseBytes, ResponseDecision, ResponseStream } from './decide-response.ts';
import { withoutHeader } from './without-header.ts';

/**
 * The same decision where it is only observed: everything passes as it came, but for banners, which go out in no mode; what would have been left out is told by
 * `undeclared` and `dropped` as ever. A stream that breaks its rule is reported once and passes unchecked from there on.
 */
export function asObserved(
  decision: ResponseDecision,
  rawHeaders: readonly string[],
  status: number,
  method: string,
): ResponseDecision {
  const bodiless = method === 'HEAD' || status === 204 || status === 304;
  const headers = withoutBanners(rawHeaders, decision.headers);
  const { check, stream } = decision;
  // The shell writes the length of what it has collected.
  if (decision.body === 'collect') withoutHeader(headers, 'content-length');
  return {
    ...decision,
    headers,
    body: bodiless ? 'none' : decision.body === 'none' ? 'stream' : decision.body,
    check:
      check === null
        ? null
        : (bytes) => {
            const result = check(bytes);
            return result.ok ? { ...result, bytes } : { ok: true, bytes, dropped: [], observed: result.denial };
          },
    stream: stream === null ? null : observedStream(stream),
  };
}

/** Those that the document declares stand in `passed`, which has all that a check lets through. */
function withoutBanners(rawHeaders: readonly string[], passed: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!NOTHING_DECLARED.of(name).banner || passed.some((one, at) => at % 2 === 0 && one === name))
      kept.push(name, rawHeaders[i + 1] as string);
  }
  return kept;
}

function observedStream(stream: ResponseStream): ResponseStream {
  let broken = false;
  const observe = (came: Uint8Array, check: () => ResponseBytes): ResponseBytes => {
    if (broken) return { ok: true, bytes: came, dropped: [], observed: null };
    const result = check();
    broken = !result.ok;
    return result.ok ? { ...result, bytes: came } : { ok: true, bytes: came, dropped: [], observed: result.denial };
  };
  const nothing = new Uint8Array(0);
  return {
    givesItems: false,
    push: (chunk) => observe(chunk, () => stream.push(chunk)),
    end: () => observe(nothing, () => stream.end()),
  };
}
