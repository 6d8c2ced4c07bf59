import type { Exchange } from '../../../exchange.ts';
import type { Operation } from '../../../openapi/model.ts';
import type { Mode } from '../../../policy/policy.ts';
import { deny, type Denial } from '../../../verdict/denial.ts';
import type { CompileContext } from '../../stage.ts';
import { soughtBy } from './field-indexes.ts';
import { MAX_FINDINGS } from './stray-ciphertexts.ts';
import { maskStrays, mayHoldStray, restoreSought, strayIn } from './stray-texts.ts';

/** Looks at the headers of an answer that go out, names and values in turn, and edits them. */
export type AnswerHeaderCheck = (headers: string[], exchange: Exchange) => Denial | null;

/**
 * Looks for encrypted values and indexes in headers, such as `Link` and `Location`: no header is ever opened. What the request looked up stands there in
 * the place of its index; whatever else is found is what `data.encrypt.elsewhere` says. Null where nothing is encrypted.
 */
export function compileAnswerHeaders(
  operation: Operation,
  context: CompileContext,
  mode: Mode,
): AnswerHeaderCheck | null {
  const encrypt = context.policy.data?.encrypt ?? null;
  if (encrypt === null) return null;
  const action = mode === 'off' ? 'off' : encrypt.elsewhere;
  if (action === 'off' && encrypt.indexes.size === 0) return null;
  return (headers, exchange) => {
    let denial: Denial | null = null;
    for (let i = 0; i + 1 < headers.length; i += 2) {
      let value = headers[i + 1] as string;
      if (!mayHoldStray(value)) continue;
      const sought = soughtBy(exchange);
      if (sought !== null) value = restoreSought(value, sought, true);
      const kind = action === 'off' ? null : strayIn(value);
      if (kind !== null && action !== 'off') {
        const pointer = `header ${(headers[i] as string).toLowerCase()}`;
        if (exchange.findings.length < MAX_FINDINGS)
          exchange.findings.push({ kind: 'ciphertext', type: kind, pointer, action });
        if (action === 'mask' && mode === 'enforce') value = maskStrays(value);
        if (action === 'block') {
          const facts = { pointer, reason: 'in a header' };
          denial ??= deny('ENCRYPTED_VALUE_INVALID', 'data', { rule: operation.id, facts });
        }
      }
      headers[i + 1] = value;
    }
    return denial;
  };
}
