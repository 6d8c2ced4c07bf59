/** A request of a corpus: what a client sends. */
export interface CorpusRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** A text of a request, and where it stood. */
export interface RequestValue {
  readonly place: 'path' | 'query' | 'header' | 'cookie' | 'form' | 'json' | 'multipart' | 'xml' | 'text' | 'name';
  readonly text: string;
}

/** Header fields that hold text of the client's choosing beside those that HTTP itself reads. */
const PROTOCOL = new Set(
  'host connection content-length content-type content-encoding transfer-encoding accept accept-encoding accept-language cache-control authorization cookie te upgrade keep-alive pragma expect if-none-match if-match if-modified-since date proxy-connection'.split(
    ' ',
  ),
);

/** The texts of a request as a server that declares each of them as free text would read them. */
export function valuesOf(request: CorpusRequest): readonly RequestValue[] {
  const values: RequestValue[] = [];
  const [path = '', ...rest] = request.target.split('?');
  for (const segment of path.split('/')) if (segment !== '') values.push({ place: 'path', text: decode(segment) });
  if (path.length > 1) values.push({ place: 'path', text: decode(path.slice(1)) });
  addPairs(rest.join('?'), 'query', values);
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (lower === 'cookie')
      for (const cookie of value.split(';'))
        values.push({ place: 'cookie', text: decode(cookie.slice(cookie.indexOf('=') + 1).trim()) });
    else if (!PROTOCOL.has(lower)) values.push({ place: 'header', text: value });
  }
  if (request.body !== null && request.body.length > 0) addBody(request, request.body, values);
  return values;
}

function addBody(request: CorpusRequest, body: Uint8Array, values: RequestValue[]): void {
  const type = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const text = new TextDecoder().decode(body);
  if (/json/i.test(type)) {
    try {
      addJson(JSON.parse(text), values);
    } catch {
      values.push({ place: 'text', text });
    }
  } else if (/x-www-form-urlencoded/i.test(type)) addPairs(text, 'form', values);
  else if (/multipart/i.test(type)) addParts(text, values);
  else values.push({ place: /xml/i.test(type) ? 'xml' : 'text', text });
}

function addPairs(text: string, place: 'query' | 'form', values: RequestValue[]): void {
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    values.push({ place: 'name', text: name });
    if (equals >= 0) values.push({ place, text: decode(pair.slice(equals + 1).replaceAll('+', ' ')) });
  }
}

function addJson(value: unknown, values: RequestValue[]): void {
  if (typeof value === 'string') values.push({ place: 'json', text: value });
  else if (Array.isArray(value)) for (const item of value) addJson(item, values);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) {
      values.push({ place: 'name', text: name });
      addJson(member, values);
    }
}

function addParts(text: string, values: RequestValue[]): void {
  const boundary = /^--([^\r\n]+)/.exec(text)?.[1];
  if (boundary === undefined) return;
  for (const part of text.split(`--${boundary}`)) {
    const end = /\r?\n\r?\n/.exec(part);
    if (end === null) continue;
    const head = part.slice(0, end.index);
    for (const match of head.matchAll(/(?:file)?name="([^\r\n]*?)"(?=[;\r\n]|$)/g))
      values.push({ place: 'name', text: match[1] as string });
    values.push({ place: 'multipart', text: part.slice(end.index + end[0].length).replace(/\r?\n$/, '') });
  }
}

/** Decodes once, leniently: bytes that are no UTF-8 stay as they were. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
