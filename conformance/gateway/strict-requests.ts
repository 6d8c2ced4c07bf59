/** One request as the strictest reading of RFC 9112 has it. */
export interface StrictRequest {
  readonly line: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** Its body ended early. */
  readonly isCut: boolean;
}

const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ \/[\x21-\x7e]* HTTP\/1\.1$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff\t]*[\x21-\x7e\x80-\xff])?)?$/;

/**
 * Reads a byte stream (as latin1) as requests that no two parsers can read differently: CRLF ends, one space, one Host, one length or
 * plain chunks without extensions, nothing left over. Throws where it could be read in another way. This is what a door may send.
 * With `cut` the last body may end early, as that of a client that went away does on a connection that was closed for it.
 */
export function readStrictRequests(stream: string, cut = false): StrictRequest[] {
  const requests: StrictRequest[] = [];
  let rest = stream;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`an unfinished head: ${JSON.stringify(rest.slice(0, 200))}`);
    const [line = '', ...fields] = rest.slice(0, end).split('\r\n');
    if (!REQUEST_LINE.test(line)) throw new Error(`an ambiguous request line: ${JSON.stringify(line)}`);
    const headers = fields.map((field) => {
      const [, name, value] = FIELD_LINE.exec(field) ?? [];
      if (name === undefined) throw new Error(`an ambiguous header: ${JSON.stringify(field)}`);
      return [name.toLowerCase(), value ?? ''] as const;
    });
    rest = rest.slice(end + 4);
    const all = (name: string): string[] => headers.filter(([n]) => n === name).map(([, value]) => value);
    if (all('host').length !== 1) throw new Error(`${all('host').length} Host headers`);
    const [lengths, codings] = [all('content-length'), all('transfer-encoding')];
    if (lengths.length + codings.length > 1) throw new Error('more than one length');
    let body = '';
    let isCut = false;
    if (lengths[0] !== undefined) {
      if (!/^(0|[1-9]\d*)$/.test(lengths[0])) throw new Error(`an ambiguous length: ${lengths[0]}`);
      body = rest.slice(0, Number(lengths[0]));
      isCut = body.length !== Number(lengths[0]);
      if (isCut && !cut) throw new Error('a body shorter than its length');
      rest = rest.slice(body.length);
    } else if (codings[0] !== undefined) {
      if (codings[0] !== 'chunked') throw new Error(`a coding that is not chunked: ${codings[0]}`);
      for (;;) {
        isCut = rest === '';
        if (isCut && cut) break;
        const [, size] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? [];
        if (size === undefined) throw new Error(`an ambiguous chunk: ${JSON.stringify(rest.slice(0, 40))}`);
        const start = size.length + 2;
        const bytes = Number.parseInt(size, 16);
        if (rest.slice(start + bytes, start + bytes + 2) !== '\r\n') throw new Error('a chunk without its end');
        body += rest.slice(start, start + bytes);
        rest = rest.slice(start + bytes + 2);
        if (bytes === 0) break;
      }
    }
    requests.push({ line, headers, body, isCut });
  }
  return requests;
}
