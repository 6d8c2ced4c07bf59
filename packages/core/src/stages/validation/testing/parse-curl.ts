/** A request as a curl command writes it. */
export interface CurlRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string | null;
}

const BOUNDARY = 'curl-boundary';

/** Parses the curl commands of the public request cases: `-X`, `-H`, `-I`, `--data`, `--data-urlencode`, `-F`. */
export function parseCurl(command: string): CurlRequest {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  let method: string | null = null;
  let target = '';
  const headers: string[] = [];
  const data: string[] = [];
  const fields: [string, string][] = [];
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] as string;
    const next = (): string => words[(index += 1)] ?? '';
    if (word === '-X' || word === '--request') method = next();
    else if (word === '-sIXGET') method = 'GET';
    else if (word === '-H' || word === '--header') {
      const header = next();
      const colon = header.indexOf(':');
      headers.push(header.slice(0, colon), header.slice(colon + 1).trim());
    } else if (word === '-d' || word === '--data') data.push(next());
    else if (word === '--data-urlencode') data.push(encodeData(next()));
    else if (word === '-F' || word === '--form') fields.push(splitAt(next()));
    else if (word === '-u' || word === '--user') next();
    else if (!word.startsWith('-')) target = word;
  }
  const url = new URL(target);
  const body = fields.length > 0 ? encodeFields(fields) : data.length > 0 ? data.join('&') : null;
  if (body !== null) headers.push('Content-Length', String(Buffer.byteLength(body)));
  const type = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  if (fields.length > 0) {
    if (type >= 0) headers[type + 1] = `${headers[type + 1]}; boundary=${BOUNDARY}`;
    else headers.push('Content-Type', `multipart/form-data; boundary=${BOUNDARY}`);
  } else if (data.length > 0 && type < 0) headers.push('Content-Type', 'application/x-www-form-urlencoded');
  return {
    method: method ?? (body === null ? 'GET' : 'POST'),
    path: url.pathname,
    query: url.search === '' ? null : url.search.slice(1),
    headers,
    body,
  };
}

function splitAt(text: string): [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function encodeData(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0
    ? encodeURIComponent(text)
    : `${text.slice(0, equals)}=${encodeURIComponent(text.slice(equals + 1))}`;
}

function encodeFields(fields: readonly [string, string][]): string {
  const parts = fields.map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join('')}--${BOUNDARY}--\r\n`;
}
