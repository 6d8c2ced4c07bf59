import type { Operation } from '../../../openapi/model.ts';
import { modesFor } from '../../../policy/operation-policy.ts';
import type { CompileContext } from '../../stage.ts';
import { isInRange, type MediaRange, parseMediaRange } from '../../validation/media-range.ts';
import { type ParsedMediaType, parseMediaType } from '../../validation/media-type.ts';
import { schemasOf } from '../body-places.ts';
import { dataIndex, type ResourcePlaces } from '../data-index.ts';
import { isJsonPatch, isMergePatch, isPatchShaped } from './json-patch.ts';

/** What a patch of an operation's resource may touch. */
export interface PatchRule extends ResourcePlaces {
  /** Whether a body of this type is a JSON Patch: by its name, or by its schema. */
  isPatch(type: ParsedMediaType): boolean;
}

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json']
  .map(parseMediaType)
  .filter((type) => type !== null);

/** Null where nothing is configured, where no patch comes this far, or where nothing is encrypted that one could touch. */
export function compilePatchRule(operation: Operation, context: CompileContext): PatchRule | null {
  if (!context.policy.data?.encrypt) return null;
  const content = operation.requestBody?.content ?? [];
  const index = dataIndex(context);
  const declared: (MediaRange & { readonly isPatch: boolean })[] = [];
  for (const media of content) {
    const range = parseMediaRange(media.range);
    const isPatch = schemasOf(media).some((source) => isPatchShaped(index.graph.vertex(source)));
    if (range !== null) declared.push({ ...range, isPatch });
  }
  // Where bodies are not held against the document, one of any type comes this far.
  const comes =
    modesFor(context.policy, operation).body !== 'enforce' ||
    declared.some(({ isPatch, range }) => isPatch || PATCH_TYPES.some((type) => isInRange(type, range)));
  if (!comes) return null;
  const resource = index.resource(operation);
  if (resource.open.length === 0) return null;
  declared.sort((one, other) => other.rank - one.rank);
  const anyPatch = declared.some(({ isPatch }) => isPatch);
  return {
    ...resource,
    isPatch(type) {
      if (isJsonPatch(type)) return true;
      if (isMergePatch(type)) return false;
      return declared.find(({ range }) => isInRange(type, range))?.isPatch ?? anyPatch;
    },
  };
}
