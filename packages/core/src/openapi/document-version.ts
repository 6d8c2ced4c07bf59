import type { JsonObject } from '../json/json-value.ts';
import { ownMember } from './located.ts';
import type { Dialect } from './model.ts';

/** A version of the specification that is understood. `authored` is what the document says of itself. */
export interface DocumentVersion {
  readonly family: '2.0' | '3.0' | '3.1' | '3.2';
  readonly authored: string;
}

export type VersionResult =
  | { readonly ok: true; readonly version: DocumentVersion }
  | { readonly ok: false; readonly member: string; readonly message: string };

/** Reads `swagger` or `openapi` of a root object. YAML authors leave the quotes off, so a number counts as its text. */
export function versionOf(root: JsonObject): VersionResult {
  const swagger = ownMember(root, 'swagger');
  const openapi = ownMember(root, 'openapi');
  if (swagger !== undefined && openapi !== undefined)
    return {
      ok: false,
      member: 'swagger',
      message: 'the document has both `swagger` and `openapi`; only one version can hold',
    };
  if (swagger !== undefined) {
    if (swagger === '2.0' || swagger === 2) return { ok: true, version: { family: '2.0', authored: '2.0' } };
    return { ok: false, member: 'swagger', message: `Swagger ${shown(swagger)} is not understood; 2.0 is` };
  }
  if (openapi !== undefined) {
    const authored = typeof openapi === 'number' ? String(openapi) : openapi;
    const text = typeof authored === 'string' ? authored : '';
    const match = /^3\.([012])(?:\.\d+(?:-[\w.-]+)?)?$/.exec(text);
    if (match !== null) return { ok: true, version: { family: `3.${match[1] as '0' | '1' | '2'}`, authored: text } };
    return {
      ok: false,
      member: 'openapi',
      message: `OpenAPI ${shown(openapi)} is not understood; 3.0, 3.1 and 3.2 are`,
    };
  }
  return { ok: false, member: '', message: 'this is no OpenAPI document: it has neither `openapi` nor `swagger`' };
}

export function dialectOf(version: DocumentVersion): Dialect {
  if (version.family === '2.0') return 'swagger-2.0';
  return version.family === '3.0' ? 'openapi-3.0' : 'json-schema-2020-12';
}

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 20) : 'of this kind';
}
