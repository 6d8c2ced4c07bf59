import type { ApiDocument, Operation } from '../openapi/model.ts';
import { parsePermission, type Permission } from './permission.ts';
import { suggestName } from './suggest-name.ts';

/** What one permission covers in one document. */
export interface PermissionCover {
  /** Operations that it names by path, tag, operationId or as all. By index into `document.operations`. */
  readonly operations: readonly number[];
  /** Scopes that it names, of those that operations ask for. */
  readonly scopes: readonly string[];
}

export type PermissionReading =
  | { readonly ok: true; readonly cover: PermissionCover }
  /** It names nothing; or an operation and a scope alike. */
  | { readonly ok: false; readonly problem: 'unknown' | 'ambiguous'; readonly message: string; readonly hint: string };

/** Reads permissions against one document. The same text is read once, however many roles have it. */
export class PermittedOperations {
  readonly #operations: readonly Operation[];
  readonly #byId = new Map<string, number>();
  readonly #byPath = new Map<string, number>();
  readonly #byTag = new Map<string, number[]>();
  /** Scopes that operations ask for. */
  readonly #scopes = new Set<string>();
  readonly #known = new Map<string, PermissionReading>();

  constructor(document: Pick<ApiDocument, 'operations'>) {
    this.#operations = document.operations;
    for (const [index, operation] of document.operations.entries()) {
      this.#byId.set(operation.id, index);
      this.#byPath.set(`${operation.method} ${operation.path}`, index);
      for (const tag of new Set(operation.tags)) {
        const tagged = this.#byTag.get(tag);
        if (tagged === undefined) this.#byTag.set(tag, [index]);
        else tagged.push(index);
      }
      for (const scope of scopesOf(operation)) this.#scopes.add(scope);
    }
  }

  read(text: string): PermissionReading {
    let reading = this.#known.get(text);
    if (reading === undefined) {
      reading = this.#read(text, parsePermission(text));
      this.#known.set(text, reading);
    }
    return reading;
  }

  #read(text: string, permission: Permission): PermissionReading {
    const covered = (operations: readonly number[], scopes: readonly string[] = []): PermissionReading =>
      operations.length + scopes.length === 0
        ? this.#unknown(text, permission)
        : { ok: true, cover: { operations, scopes } };
    switch (permission.kind) {
      case 'any':
        return covered(this.#operations.map((_, index) => index));
      case 'path':
        return covered(this.#ofPath(text, permission));
      case 'tag':
        return covered([...new Set(this.#named(permission, this.#byTag).flat())].sort((a, b) => a - b));
      case 'operation':
        return covered(this.#named(permission, this.#byId));
      case 'scope':
        return covered([], this.#ofScopes(permission));
      case 'name': {
        const operations = this.#named(permission, this.#byId);
        const scopes = this.#ofScopes(permission);
        if (operations.length === 0 || scopes.length === 0) return covered(operations, scopes);
        return {
          ok: false,
          problem: 'ambiguous',
          message: 'the document has operations and scopes of this name',
          hint: `Write operation:${text} or scope:${text}.`,
        };
      }
    }
  }

  #ofPath(text: string, { method, path, wildcard }: Extract<Permission, { kind: 'path' }>): readonly number[] {
    if (!wildcard) {
      const index = this.#byPath.get(text);
      return index === undefined ? [] : [index];
    }
    return this.#operations.flatMap((operation, index) =>
      (method === '*' || method === operation.method) && path.matches(operation.path) ? [index] : [],
    );
  }

  #named<Value>({ text, name, wildcard }: Named, all: ReadonlyMap<string, Value>): Value[] {
    if (wildcard) return [...all].flatMap(([key, value]) => (name.matches(key) ? [value] : []));
    const value = all.get(text);
    return value === undefined ? [] : [value];
  }

  #ofScopes({ text, name, wildcard }: Named): readonly string[] {
    if (!wildcard) return this.#scopes.has(text) ? [text] : [];
    return [...this.#scopes].filter((scope) => name.matches(scope));
  }

  #unknown(text: string, permission: Permission): PermissionReading {
    const tags = [...this.#byTag.keys()].map((tag) => `tag:${tag}`);
    const [what, candidates] = {
      any: ['operation', []],
      path: ['operation of this method and path', [...this.#byPath.keys()]],
      tag: ['such tag', tags],
      operation: ['such operation', [...this.#byId.keys()].map((id) => `operation:${id}`)],
      scope: ['operation that asks for this scope', [...this.#scopes].map((scope) => `scope:${scope}`)],
      name: ['such operation, and none that asks for such a scope', [...this.#scopes, ...this.#byId.keys(), ...tags]],
    }[permission.kind] as [string, readonly string[]];
    const near = suggestName(text, candidates);
    return {
      ok: false,
      problem: 'unknown',
      message: `the document has no ${what}`,
      hint:
        near === null
          ? 'Write a scope or operationId of the document, tag:NAME, or METHOD /path as the document writes it.'
          : `Did you mean ${near}?`,
    };
  }
}

type Named = Extract<Permission, { text: string }>;

/** What the alternatives of an operation's `security` ask for, each name once. */
function scopesOf({ security }: Operation): ReadonlySet<string> {
  return new Set((security ?? []).flatMap((alternative) => alternative.flatMap(({ scopes }) => scopes)));
}

/** True where the document lets anyone call the operation: it has no `security`, or an empty alternative. No role guards it. */
export function isPublic({ security }: Operation): boolean {
  return security === null || security.length === 0 || security.some((alternative) => alternative.length === 0);
}
