import type { MediaType, SchemaSource } from '../../openapi/model.ts';
import type { RequestPolicy, ResponsePolicy } from '../../policy/policy.ts';
import type { Direction } from '../../schema/schema-compiler.ts';
import type { CompileContext } from '../stage.ts';

/** Types of bodies that are held to their schema; of events the data is, to its `contentSchema`. */
const HELD = /json|form|multipart|^text\/(?!event-stream|xml)|\*/i;

/** Whether texts that a schema calls JSON pass whatever is in them. */
export function hasUncheckedContent(
  schema: SchemaSource,
  direction: Direction,
  { policy, schemas }: Pick<CompileContext, 'policy' | 'schemas'>,
): boolean {
  const { contentSchema }: RequestPolicy | ResponsePolicy =
    direction === 'request' ? policy.requests : policy.responses;
  if (contentSchema === 'check') return false;
  try {
    return schemas.normalized(schema, direction).hasContent;
  } catch {
    // Nothing of it is checked, or its operation is not served.
    return false;
  }
}

/** Tells of which bodies the texts are not checked that the document calls JSON, a line each. */
export function describeContents(
  content: readonly MediaType[],
  direction: Direction,
  context: Pick<CompileContext, 'policy' | 'schemas'>,
): string[] {
  return content.flatMap(({ range, schema, itemSchema }) => {
    const source = HELD.test(range) ? (itemSchema ?? schema) : null;
    if (source === null || !hasUncheckedContent(source, direction, context)) return [];
    return [`not checked: ${range}: the JSON within texts (${direction}s.contentSchema: check)`];
  });
}
