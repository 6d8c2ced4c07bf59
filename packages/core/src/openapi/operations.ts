import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import { child, extensionsOf, type Located } from './located.ts';
import type { Operation, SecurityRequirement, SecurityScheme } from './model.ts';
import type { OperationSlot, VersionReader } from './operation-slot.ts';
import { completePathParameters } from './path-parameters.ts';
import type { Steps } from '../steps.ts';
import { readSecurity } from './security-requirements.ts';

/** What operations inherit from the document. */
export interface DocumentDefaults {
  readonly root: Located<JsonObject>;
  readonly basePaths: readonly string[];
  readonly security: readonly SecurityRequirement[] | null;
  readonly securitySchemes: ReadonlyMap<string, SecurityScheme>;
}

export interface OperationList {
  readonly operations: readonly Operation[];
  readonly ambiguous: readonly Operation[];
}

/** Reads every operation, gives each an id of its own, and sets aside those that no router can tell apart. */
export function* readOperations(
  reading: DocumentReading,
  version: VersionReader,
  slots: readonly OperationSlot[],
  defaults: DocumentDefaults,
): Steps<OperationList> {
  const ids = operationIds(reading, slots);
  const read: { readonly slot: OperationSlot; readonly operation: Operation }[] = [];
  for (const slot of slots) {
    const id = ids.get(slot) ?? fallbackId(slot);
    read.push({ slot, operation: readOperation(reading, version, slot, id, defaults) });
    yield;
  }
  const unclear = ambiguousOperations(reading, read);
  return {
    operations: read.flatMap(({ operation }) => (unclear.has(operation) ? [] : [operation])),
    ambiguous: [...unclear],
  };
}

function readOperation(
  reading: DocumentReading,
  version: VersionReader,
  slot: OperationSlot,
  id: string,
  defaults: DocumentDefaults,
): Operation {
  const { operation, pathItem } = slot;
  const contract = version.contract(reading, slot, defaults.root);
  return {
    file: operation.file,
    pointer: operation.pointer,
    id,
    method: slot.method,
    path: slot.path,
    basePaths:
      version.basePaths(reading, 'operation', operation) ??
      version.basePaths(reading, 'path', pathItem) ??
      defaults.basePaths,
    tags: reading.array(operation, 'tags').flatMap((tag) => (typeof tag.node === 'string' ? [tag.node] : [])),
    summary: reading.string(operation, 'summary'),
    deprecated: reading.boolean(operation, 'deprecated', false),
    parameters: completePathParameters(reading, slot, contract.parameters),
    requestBody: contract.requestBody,
    responses: contract.responses,
    security: readSecurity(reading, operation, defaults.securitySchemes) ?? defaults.security,
    extensions: { ...extensionsOf(pathItem.node), ...extensionsOf(operation.node) },
  };
}

function fallbackId(slot: OperationSlot): string {
  return `${slot.method} ${slot.path}`;
}

/** The first operation of an operationId keeps it; policy can name the others by method and path. */
function operationIds(reading: DocumentReading, slots: readonly OperationSlot[]): ReadonlyMap<OperationSlot, string> {
  const ids = new Map<OperationSlot, string>();
  const taken = new Set(slots.map(fallbackId));
  for (const slot of slots) {
    const authored = reading.string(slot.operation, 'operationId');
    if (authored === null || authored === '') continue;
    const at = child(slot.operation, 'operationId') ?? slot.operation;
    if (!taken.has(authored)) ids.set(slot, authored);
    else if (authored !== fallbackId(slot)) {
      reading.warn(
        'DOCUMENT_OPERATION_DUPLICATE',
        at,
        `another operation has this operationId; this one is known as "${fallbackId(slot)}"`,
        'Give every operation an operationId of its own.',
      );
    }
    taken.add(authored);
  }
  return ids;
}

/** Operations of one method whose base path and template, names aside, are the same. */
function ambiguousOperations(
  reading: DocumentReading,
  read: readonly { readonly slot: OperationSlot; readonly operation: Operation }[],
): ReadonlySet<Operation> {
  const groups = new Map<string, Operation[]>();
  for (const { slot, operation } of read) {
    for (const basePath of operation.basePaths) {
      const key = `${slot.method} ${basePath}${slot.template.shape}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [operation]);
      else group.push(operation);
    }
  }
  const unclear = new Set<Operation>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    for (const operation of group) {
      const other = group[0] === operation ? group[1] : group[0];
      unclear.add(operation);
      reading.warn(
        'DOCUMENT_PATH_AMBIGUOUS',
        operation,
        `${operation.method} ${operation.path} matches the same requests as ${other?.path ?? ''}; which is meant cannot be told, so they are refused`,
        'Keep one of the paths, or make their fixed parts differ.',
      );
    }
  }
  return unclear;
}
