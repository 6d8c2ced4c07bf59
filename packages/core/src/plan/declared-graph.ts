import type { ApiDocument } from '../openapi/model.ts';
import { usedSchemas } from '../openapi/used-schemas.ts';
import { NO_DATA_POLICY } from '../policy/data-policy.ts';
import { buildMarkGraph, type MarkGraph } from '../stages/data/mark-graph.ts';
import { createNameRules } from '../stages/data/name-rules.ts';
import { finish } from '../steps.ts';

/** What the schemas of a document's operations declare and mark by themselves, whatever a policy says of it. Linear in the schemas: made where it is asked for, and once for all who ask. */
export function declaredGraph(document: ApiDocument): MarkGraph {
  const roots = document.operations.flatMap((operation) => [...usedSchemas(operation)]);
  return finish(buildMarkGraph(document, roots, NO_DATA_POLICY, createNameRules([]), () => undefined));
}
