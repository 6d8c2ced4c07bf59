/** What an API makes of a JSON Patch (RFC 6902), for tests: changes `root` and gives it back, or throws. */
export function applyPatch(root: unknown, patch: readonly Record<string, unknown>[]): unknown {
  let document = structuredClone(root);
  for (const { op, path, from, value } of patch) {
    const take = (pointer: unknown, remove: boolean): unknown => {
      const tokens = tokensOf(pointer);
      const last = tokens.pop();
      if (last === undefined) return document;
      const parent = walk(document, tokens);
      if (Array.isArray(parent)) {
        if (!/^\d+$/.test(last) || Number(last) >= parent.length) throw new Error('no such item');
        return remove ? parent.splice(Number(last), 1)[0] : parent[Number(last)];
      }
      if (!Object.hasOwn(parent, last)) throw new Error('no such member');
      const found = (parent as Record<string, unknown>)[last];
      if (remove) delete (parent as Record<string, unknown>)[last];
      return found;
    };
    const put = (what: unknown): void => {
      const tokens = tokensOf(path);
      const last = tokens.pop();
      if (last === undefined) {
        document = what;
        return;
      }
      const parent = walk(document, tokens);
      if (Array.isArray(parent)) {
        const index = last === '-' ? parent.length : Number(last);
        if (!Number.isInteger(index) || index > parent.length) throw new Error('no such item');
        parent.splice(index, 0, what);
      } else (parent as Record<string, unknown>)[last] = what;
    };
    if (op === 'add') put(value);
    else if (op === 'replace') {
      take(path, true);
      put(value);
    } else if (op === 'remove') take(path, true);
    else if (op === 'copy') put(structuredClone(take(from, false)));
    else if (op === 'move') put(take(from, true));
    else if (op === 'test' && JSON.stringify(take(path, false)) !== JSON.stringify(value)) throw new Error('not equal');
  }
  return document;
}

function tokensOf(pointer: unknown): string[] {
  return String(pointer)
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function walk(root: unknown, tokens: readonly string[]): object {
  let at = root;
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) throw new Error('no such place');
    at = (at as Record<string, unknown>)[token];
  }
  if (typeof at !== 'object' || at === null) throw new Error('no such place');
  return at;
}
