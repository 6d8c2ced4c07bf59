import type { DocumentPlace } from '../openapi/model.ts';

/** Where in the policy file a statement stands; null for a default. */
export type Place = DocumentPlace | null;
