import type { TextFormat } from './shape.ts';

/** RFC 9110, section 5.6.2. */
export const HEADER_NAME: TextFormat = { expected: 'a header name', pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" };
/** RFC 9110, section 5.5, without the obsolete bytes: visible ASCII with spaces and tabs inside. No line end gets in (response splitting). */
export const HEADER_VALUE: TextFormat = {
  expected: 'a header value of visible ASCII characters',
  pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$',
};
/** A Structured Fields key (RFC 9651), for it is shown in `RateLimit-Policy`. */
export const LIMIT_NAME: TextFormat = {
  expected: 'a name of at most 64 characters a-z, 0-9 and -',
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
};
export const CLASS_NAME: TextFormat = {
  expected: 'a name of at most 64 characters a-z, 0-9 and -',
  pattern: '^[a-z][a-z0-9-]{0,63}$',
};
/** RFC 3986, section 3.1. */
export const URI_SCHEME: TextFormat = { expected: 'a scheme, without :', pattern: '^[A-Za-z][A-Za-z0-9+.-]{0,63}$' };
/** A name of a property, with `*` for any characters, or a JSON Pointer. */
export const DATA_SELECTOR: TextFormat = {
  expected: 'a name, a name with *, or a JSON Pointer',
  pattern: '^[^\\x00-\\x1f\\x7f]{1,256}$',
};
/** A property whose name is the same in JSON, in forms and in a multipart body. */
export const MEMBER_NAME: TextFormat = {
  expected: 'a name of at most 128 letters, digits, - and _',
  pattern: '^[A-Za-z0-9_-]{1,128}$',
};
export const AUDIENCE: TextFormat = {
  expected: 'role:NAME, scope:NAME or NAME',
  pattern: '^(?:role:|scope:)?[\\x21-\\x7e]{1,256}$',
};
export const CLAIM_NAME: TextFormat = { expected: 'the name of a claim', pattern: '^[\\x21-\\x7e]{1,256}$' };
export const SHA256: TextFormat = { expected: 'a SHA-256 in 64 hexadecimal digits', pattern: '^[0-9A-Fa-f]{64}$' };
/** RFC 6749, section 3.3. */
export const SCOPE: TextFormat = { expected: 'a scope', pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,256}$' };
export const LIMIT_BY: TextFormat = {
  expected: 'one of address, principal, key, operation, claim:NAME, header:NAME',
  words: ['address', 'principal', 'key', 'operation', 'claim:NAME', 'header:NAME'],
  pattern: "^(?:address|principal|key|operation|claim:[\\x21-\\x7e]{1,256}|header:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})$",
};
/** As `parseKeyLimit` reads it. */
export const KEY_LIMIT: TextFormat = {
  expected: 'a limit such as 100/m, 5000/d fixed-window or 50/s burst 100',
  pattern:
    '^[0-9]{1,15}/(?:[0-9]{1,15})?(?:ms|s|m|min|h|d)(?: (?:fixed-window|sliding-window|token-bucket)| burst [1-9][0-9]{0,9})?$',
};
/** RFC 1123, section 2.1, in lower or upper case; a wildcard stands for one whole label in front (RFC 9525, section 6.3). */
export const HOST_NAME: TextFormat = {
  expected: 'a host name, or *. and a host name',
  pattern:
    '^(?:\\*\\.)?(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\\.){0,20}[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?$',
};
/** As it stands in a URI, with `_` as names within a network have it; IPv6 in brackets. */
export const URI_HOST: TextFormat = {
  expected: 'a host as it stands in a URI, without a port',
  pattern: '^(?:[0-9A-Za-z](?:[0-9A-Za-z_.-]{0,251}[0-9A-Za-z])?|\\[[0-9A-Fa-f:.]{2,45}\\])$',
};
/** A path of Sallyport's own at the door, as it stands in a request line: nothing in it is ever decoded. */
export const OWN_PATH: TextFormat = {
  expected: 'a path of plain segments, such as /oauth/token',
  pattern: '^(?:/[0-9A-Za-z_~-](?:[0-9A-Za-z._~-]{0,99})|/\\.well-known){1,8}$',
};
export const OPERATION_KEY: TextFormat = {
  expected: 'an operationId, METHOD /path or tag:NAME',
  pattern: '^[^\\x00-\\x1f\\x7f]{1,1024}$',
};
export const RESOURCE_NAME: TextFormat = {
  expected: 'a name of at most 64 letters, digits, - and _',
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$',
};
export const ID_PLACE: TextFormat = {
  expected: 'path.NAME, query.NAME, header.NAME or body:/POINTER',
  words: ['path.NAME', 'query.NAME', 'header.NAME', 'body:/POINTER'],
  pattern: '^(?:(?:path|query|header)\\.[\\x21-\\x7e]+|body:(?:/(?:[^~/]|~[01])+)+)$',
};
export const ANSWER_POINTER: TextFormat = {
  expected: 'response: and a JSON Pointer, such as response:/ownerId',
  pattern: '^response:(?:/(?:[^~/]|~[01])+)+$',
};
/** Where an answer names its object, or that it does not. */
export const ANSWER_ID: TextFormat = {
  expected: 'response: and a JSON Pointer, such as response:/id, or none',
  pattern: '^(?:none|response:(?:/(?:[^~/]|~[01])+)+)$',
};
export const ANSWER_PLACE: TextFormat = {
  expected: 'response:/POINTER or header.NAME',
  pattern: "^(?:response:(?:/(?:[^~/]|~[01])+)+|header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]+)$",
};
const ATTRIBUTE = 'principal\\.(?:subject|issuer|keyId|attributes(?:(?:\\.[A-Za-z0-9_-]+)+|:(?:/(?:[^~/{}]|~[01])+)+))';
export const PRINCIPAL_VALUE: TextFormat = {
  expected: 'principal.subject, principal.issuer, principal.keyId or principal.attributes.NAME',
  words: ['principal.subject', 'principal.issuer', 'principal.keyId'],
  pattern: `^${ATTRIBUTE}$`,
};
/** How subjects of an issuer are written where owners stand. */
export const OWNER_SUBJECT: TextFormat = {
  expected: 'text that ends with {subject}, such as two|{subject}',
  pattern: '^[^{}]*\\{subject\\}$',
};
export const ID_PREFIX: TextFormat = {
  expected: 'text with one {principal.…} and a divider after it, such as {principal.attributes.tenant}-',
  pattern: `^[^{}]*\\{${ATTRIBUTE}\\}[^{}]+$`,
};

/** A parameter by its place and name, or a place in a body. */
export const THREAT_FIELD: TextFormat = {
  expected: 'query:NAME, path:NAME, header:NAME, cookie:NAME or body:/pointer',
  words: ['query:NAME', 'path:NAME', 'header:NAME', 'cookie:NAME', 'body:/POINTER'],
  pattern:
    '^(?:(?:query|path|header|cookie):[^\\x00-\\x1f\\x7f]{1,256}|body:(?:/(?:[^~\\x00-\\x1f\\x7f]|~[01]){0,512})?)$',
};

/** Segments divided by single slashes; nothing in them has to be encoded, and none leads out of where it is mounted. */
export const VAULT_PATH: TextFormat = {
  expected: 'segments of letters, digits, -, _ and ., divided by /',
  pattern: '^[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}(?:/[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}){0,15}$',
};
export const VAULT_KEY: TextFormat = {
  expected: 'a name of letters, digits, -, _ and .',
  pattern: '^[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}$',
};
/** An ARN of a key or an alias, an id, or an alias. */
export const AWS_KEY: TextFormat = {
  expected: 'the ARN or id of a key, or alias/NAME',
  pattern:
    '^(?:arn:aws[a-z-]{0,20}:kms:[a-z0-9-]{1,40}:[0-9]{12}:(?:key/[A-Za-z0-9-]{1,64}|alias/[A-Za-z0-9/_-]{1,250})|alias/[A-Za-z0-9/_-]{1,250}|(?:mrk-)?[0-9a-f-]{32,40})$',
};
export const AWS_REGION: TextFormat = {
  expected: 'a region such as eu-central-1',
  pattern: '^[a-z]{2,6}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}$',
};
