const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/**
 * A number of 32 bits that is the same for JSON values that are the same (`isSameJson`), whatever the order of members. Whoever chooses the values
 * can choose many that share one. Recursive: the nesting must have been bounded before. Linear; makes nothing but the names of members.
 */
export function hashJson(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return hashText(value);
    case 'number':
      // The two zeros are one number.
      double[0] = value === 0 ? 0 : value;
      return mix(mix(2, words[0] as number), words[1] as number);
    case 'boolean':
      return value ? 3 : 4;
    default:
      if (typeof value !== 'object' || value === null) return 5;
      return Array.isArray(value) ? hashItems(value) : hashMembers(value as Readonly<Record<string, unknown>>);
  }
}

function hashItems(items: readonly unknown[]): number {
  let hash = 6;
  for (const item of items) hash = mix(hash, hashJson(item));
  return hash;
}

function hashMembers(value: Readonly<Record<string, unknown>>): number {
  let hash = 7;
  for (const name of Object.keys(value)) hash = (hash + mix(hashText(name), hashJson(value[name]))) | 0;
  return mix(8, hash);
}

function hashText(text: string): number {
  let hash = 9;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 33) ^ text.charCodeAt(at)) | 0;
  return mix(hash, text.length);
}

function mix(hash: number, more: number): number {
  let mixed = Math.imul(hash, 0x9e3779b1) ^ Math.imul(more, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
