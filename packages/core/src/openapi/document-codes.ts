import type { ConfigurationCodeEntry } from '../configuration-error.ts';

/** Every code of a problem in the OpenAPI document. Codes are never renamed or reused. Those of warnings keep nothing from starting. */
export const DOCUMENT_CODES = Object.freeze({
  DOCUMENT_MISSING: {
    title: 'No document was named',
    remedy: 'Name one after the command, or write api: openapi.yaml into sallyport.yaml.',
  },
  DOCUMENT_UNREADABLE: {
    title: 'The document cannot be read, or is named by a URL',
    remedy: 'Name a file that this process may read; save a copy of what stands on another machine.',
  },
  DOCUMENT_SYNTAX: {
    title: 'The file is neither JSON nor YAML',
    remedy: 'Correct the text at the place given.',
  },
  DOCUMENT_VERSION_UNSUPPORTED: {
    title: 'The version of the document is missing, or is none that is understood',
    remedy: 'Write the document in Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2.',
  },
  DOCUMENT_DIALECT_UNSUPPORTED: {
    title: 'Warning: the document names a dialect of JSON Schema that is not known',
    remedy: 'See that its schemas mean the same in JSON Schema 2020-12, as which they are read.',
  },
  DOCUMENT_TOO_LARGE: {
    title: 'The document, one of its files or what it expands to is too large',
    remedy: 'Stay below the bound that the message names: split the document, or say the same in less.',
  },
  DOCUMENT_INVALID: {
    title: 'Something is of another kind than OpenAPI has there',
    remedy: 'Write what the message names.',
  },
  DOCUMENT_KEY_DUPLICATE: {
    title: 'A member stands twice in its object',
    remedy: 'Keep one: two readers could take different ones.',
  },
  DOCUMENT_KEY_FORBIDDEN: {
    title: 'A member is named `__proto__`',
    remedy: 'Give it another name: programs that copy it could be made to do what nobody wrote.',
  },
  DOCUMENT_MEMBER_UNKNOWN: {
    title: 'Warning: a path item has a member that means nothing in this version',
    remedy: 'Correct the name; of a method that the version does not know, requests are refused.',
  },
  DOCUMENT_MEMBER_UNSUPPORTED: {
    title: 'Warning: a member is read over, so what it asks for is not checked',
    remedy: 'Say the same in the way that the message names, where there is one, or check it in the API.',
  },
  DOCUMENT_REFERENCE_BROKEN: {
    title: 'A reference leads to nothing that can be read',
    remedy: 'Correct the `$ref`, or provide the file as UTF-8.',
  },
  DOCUMENT_REFERENCE_CYCLE: {
    title: 'A reference leads back to itself',
    remedy: 'Let one of the references lead to the thing itself.',
  },
  DOCUMENT_REFERENCE_FORBIDDEN: {
    title: 'A reference leads to a URL, or out of the folder of the document',
    remedy: 'Save a copy beside the document, or name the other folder under apiFolders or with --allow-folder.',
  },
  DOCUMENT_REFERENCE_AMBIGUOUS: {
    title: 'Members stand beside the `$ref` of a path item, and what that means is undefined',
    remedy: 'Move them into the path item that is referred to.',
  },
  DOCUMENT_SERVER_INVALID: {
    title: 'A server or base path is none whose path can be known',
    remedy: 'Write a server such as /api or https://example.com/api, with a default for every variable.',
  },
  DOCUMENT_SERVER_RELATIVE: {
    title: 'Warning: the URL of a server is relative, and is read as a path',
    remedy: 'Start it with /, or with https:// where it names a host.',
  },
  DOCUMENT_PATHS_EMPTY: {
    title: 'Warning: the document declares no operation under `paths`, so no request is let in',
    remedy: 'Declare the paths of the API and their methods; webhooks are calls that the API makes itself.',
  },
  DOCUMENT_PATH_INVALID: {
    title: 'A path does not start with /, or its braces do not pair',
    remedy: 'Write it as /users/{id}.',
  },
  DOCUMENT_PATH_AMBIGUOUS: {
    title: 'Warning: two operations match the same requests, which are refused',
    remedy: 'Keep one of the paths, or let their fixed parts differ.',
  },
  DOCUMENT_PATH_UNREACHABLE: {
    title:
      'Warning: a path holds a ?, a #, an empty segment or other text that is refused in requests, so none can match it',
    remedy:
      'Declare the query as parameters of the path before it, and write one slash for two; otherwise see the hint.',
  },
  DOCUMENT_OPERATION_DUPLICATE: {
    title: 'Warning: two operations have the same operationId',
    remedy: 'Give each its own; the second is known by its method and path.',
  },
  DOCUMENT_PARAMETER_INVALID: {
    title: 'A parameter cannot be read as it is declared',
    remedy: 'Write what the message names: its name, where it is, its style, one schema.',
  },
  DOCUMENT_PARAMETER_DUPLICATE: {
    title: 'A parameter is declared twice',
    remedy: 'Keep one. In the same words it is a warning.',
  },
  DOCUMENT_PARAMETER_UNDECLARED: {
    title: 'Warning: an expression of the path has no parameter, and is read as a required string',
    remedy: 'Declare it: { name: id, in: path, required: true, schema: { type: string } }.',
  },
  DOCUMENT_PARAMETER_UNTYPED: {
    title: 'Warning: a parameter has no schema, so any value passes',
    remedy: 'Give it a schema.',
  },
  DOCUMENT_PARAMETER_UNUSED: {
    title: 'Warning: a path parameter stands nowhere in its path, and is left out',
    remedy: 'Correct its name, or the path.',
  },
  DOCUMENT_MEDIA_TYPE_INVALID: {
    title: 'Warning: a media type is none, so no message can have it',
    remedy: 'Write type and subtype: application/json.',
  },
  DOCUMENT_MEDIA_TYPE_DUPLICATE: {
    title: 'A media type stands twice at one body',
    remedy: 'Keep one: upper and lower case are the same.',
  },
  DOCUMENT_MEDIA_TYPE_UNDECLARED: {
    title: 'Warning: nothing says what the bodies are, and a type is assumed',
    remedy: 'Add consumes or produces, as the hint has it.',
  },
  DOCUMENT_RESPONSES_EMPTY: {
    title: 'Warning: an operation declares no response',
    remedy: 'Declare what it answers: what is not declared is refused on its way out.',
  },
  DOCUMENT_RESPONSE_STATUS_INVALID: {
    title: 'Warning: a response is declared for what is no status code, and is left out',
    remedy: 'Write three digits, a range such as 4XX, or default.',
  },
  DOCUMENT_SECURITY_INVALID: {
    title: 'Warning: a security scheme is declared in a way that cannot be checked',
    remedy: 'Correct the scheme; operations that need it cannot be guarded before.',
  },
  DOCUMENT_SECURITY_UNASKED: {
    title: 'Warning: security schemes are declared, and no operation asks for one',
    remedy:
      'Write `security` at the top of the document or at its operations; `security: []` at the top says that anybody may call.',
  },
  DOCUMENT_SECURITY_UNDECLARED: {
    title: 'An operation needs a security scheme that is not declared, or cannot be checked',
    remedy: 'Declare it among the security schemes of the document.',
  },
  DOCUMENT_PROBLEMS_OMITTED: {
    title: 'There are more problems than are shown',
    remedy: 'Correct those that are shown, and check again.',
  },
} satisfies Record<string, ConfigurationCodeEntry>);

export type DocumentCode = keyof typeof DOCUMENT_CODES;
