import type { Operation } from '../../../openapi/model.ts';
import type { Mode } from '../../../policy/policy.ts';
import { bodyFormat } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { CompileContext } from '../../stage.ts';
import { type AnswerPlaces, dataIndex } from '../data-index.ts';
import { ENCRYPTED } from '../marks.ts';
import { isFile } from './file-types.ts';
import { LOOKED_FORMATS } from './restore-lookups.ts';

/** What the upstream is asked for: `readable` is uncompressed, `whole` no part of it either, which could begin in the midst of an encrypted value. */
export type AnswerForm = 'any' | 'readable' | 'whole';

/**
 * How the answers of an operation are asked for. Those that something is opened in come readable, and those that are looked into for encrypted values and
 * indexes; where these are refused, all. Files come as the client asks for them, nobody would look into them, unless an error could come instead that nothing declares.
 */
export function answerForm(operation: Operation, context: CompileContext, mode: Mode): AnswerForm {
  const encrypt = context.policy.data?.encrypt ?? null;
  if (encrypt === null) return 'any';
  const places = dataIndex(context).responses(operation, ENCRYPTED);
  const { responses } = operation;
  const successes = responses.filter(({ status }) => status.startsWith('2'));
  const likely = successes.length === 0 ? responses : successes;
  // Of answers that the document says nothing of, anything may come.
  const silent = likely.every(({ content }) => content.length === 0);
  const opens = (of: Operation['responses']): boolean =>
    places !== null &&
    of.some(({ status, content }) => content.some(({ range }) => mayOpen(places, status.toUpperCase(), range)));
  if (opens(likely) || (silent && places !== null)) return 'whole';
  // So does an error that nothing declares.
  if (opens(responses) || (places?.other ?? null) !== null) return 'readable';
  const action = mode === 'off' ? 'off' : encrypt.elsewhere;
  if (action === 'off' && encrypt.indexes.size === 0) return 'any';
  const looked = likely.some(({ content }) => content.some(({ range }) => isLookedInto(range)));
  return action === 'block' || silent || looked ? 'readable' : 'any';
}

/** Of a range that stands for many types, some may be. */
function mayOpen(places: AnswerPlaces, status: string, range: string): boolean {
  const place = places.stated.get(status) ?? null;
  const type = range.includes('*') ? null : parseMediaType(range);
  const found = place?.select(type) ?? null;
  return found !== null && (type === null || !isFile(type, found));
}

function isLookedInto(range: string): boolean {
  if (range.includes('*')) return true;
  const type = parseMediaType(range);
  return type !== null && LOOKED_FORMATS.has(bodyFormat(type));
}
