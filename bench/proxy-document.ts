/** The document of the benchmark: a hundred paths, one GET and one POST with schemas of an ordinary API, bodies of about 1 KB. */
const account = {
  type: 'object',
  required: ['id', 'owner', 'currency', 'balance', 'status', 'createdAt', 'tags', 'address', 'history'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    owner: { type: 'string', minLength: 1, maxLength: 100 },
    email: { type: 'string', format: 'email', maxLength: 254 },
    currency: { type: 'string', enum: ['EUR', 'USD', 'GBP'] },
    balance: { type: 'number', minimum: 0 },
    status: { type: 'string', enum: ['active', 'frozen', 'closed'] },
    createdAt: { type: 'string', format: 'date-time' },
    tags: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 40, pattern: '^[a-z-]+$' } },
    address: {
      type: 'object',
      required: ['street', 'city', 'country'],
      properties: {
        street: { type: 'string', maxLength: 100 },
        city: { type: 'string', maxLength: 60 },
        zip: { type: 'string', maxLength: 12 },
        country: { type: 'string', minLength: 2, maxLength: 2 },
      },
      additionalProperties: false,
    },
    history: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['at', 'amount', 'text'],
        properties: {
          at: { type: 'string', format: 'date-time' },
          amount: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
          text: { type: 'string', maxLength: 140 },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

const problem = { type: 'object', properties: { title: { type: 'string' } } };

/** An object of the schema above, about 1 KB of JSON. */
export const ACCOUNT: object = {
  id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  owner: 'Ada Lovelace',
  email: 'ada@example.com',
  currency: 'EUR',
  balance: 1234.56,
  status: 'active',
  createdAt: '2026-01-15T09:30:00Z',
  tags: ['private', 'premium', 'paperless'],
  address: { street: '12 St James Square', city: 'London', zip: 'SW1Y 4JH', country: 'GB' },
  history: Array.from({ length: 7 }, (_, i) => ({
    at: `2026-02-0${i + 1}T12:00:00Z`,
    amount: -100 * (i + 1),
    text: `Payment number ${i + 1} to a shop in the city`,
  })),
};

/** Builds the document for one issuer of tokens. */
export function proxyDocument(): object {
  const paths: Record<string, object> = {};
  for (let i = 0; i < 98; i++)
    paths[`/v1/resource${i}/{id}`] = {
      get: {
        operationId: `getResource${i}`,
        security: [{ bearer: [] }],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: account } } } },
      },
    };
  paths['/v1/accounts/{accountId}'] = {
    get: {
      operationId: 'getAccount',
      security: [{ bearer: [] }],
      parameters: [{ name: 'accountId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
      responses: {
        200: { description: 'ok', content: { 'application/json': { schema: account } } },
        404: { description: 'none', content: { 'application/json': { schema: problem } } },
      },
    },
  };
  paths['/v1/accounts'] = {
    post: {
      operationId: 'createAccount',
      security: [{ bearer: [] }],
      requestBody: { required: true, content: { 'application/json': { schema: account } } },
      responses: {
        200: { description: 'ok', content: { 'application/json': { schema: account } } },
        400: { description: 'bad', content: { 'application/json': { schema: problem } } },
      },
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Benchmark', version: '1' },
    servers: [{ url: '/' }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    paths,
  };
}
