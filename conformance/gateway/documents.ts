const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const BINARY = { description: 'bytes', content: { 'application/octet-stream': {} } };
const bytes = { required: true, content: { 'application/octet-stream': {} } };

/** A small API with one operation of each kind of body. */
export const SMALL_API = {
  openapi: '3.1.0',
  info: { title: 'Small', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/slow': {
      get: { operationId: 'slow', responses: { 200: OK } },
      delete: { operationId: 'remove', responses: { 200: OK } },
    },
    '/fast': { get: { operationId: 'fast', responses: { 200: OK } } },
    '/empty': { get: { operationId: 'empty', responses: { 200: OK, 204: { description: 'nothing' } } } },
    '/items': {
      post: {
        operationId: 'createItem',
        requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
        responses: { 200: OK },
      },
    },
    '/download': { get: { operationId: 'download', responses: { 200: BINARY } } },
    '/upload': { post: { operationId: 'upload', requestBody: bytes, responses: { 200: OK } } },
    '/guarded': {
      post: { operationId: 'guarded', security: [{ key: [] }], requestBody: bytes, responses: { 200: OK } },
    },
    '/guarded-items': {
      post: {
        operationId: 'guardedItems',
        security: [{ key: [] }],
        requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
        responses: { 200: OK },
      },
    },
  },
};

/** Guards it with the API key `right`, and limits nothing. */
export const SMALL_POLICY = `authentication: { key: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] } }\nlimits: []\n`;

/** What the log says of one record under `sallyport`. */
export function detailOf(record: Record<string, unknown> | undefined): Record<string, unknown> {
  return (record?.['sallyport'] ?? {}) as Record<string, unknown>;
}

/** The status of each answer in what came back on a socket. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
