import { Exchange } from '../../../exchange.ts';
import type { JsonValue } from '../../../json/json-value.ts';
import type {
  ApiDocument,
  MediaType,
  Operation,
  Parameter,
  ParameterLocation,
  ParameterStyle,
  Response,
  SchemaSource,
} from '../../../openapi/model.ts';
import type { Policy, RequestPolicy, ResponsePolicy } from '../../../policy/policy.ts';
import type { SchemaCompiler } from '../../../schema/schema-compiler.ts';
import type { CompileContext } from '../../stage.ts';
import { createPlainSchemas } from './plain-schemas.ts';

export const BOUNDS = { maxDepth: 20, maxKeys: 1000 };

const REQUESTS: RequestPolicy = {
  maxHeadBytes: 16_384,
  maxBodyBytes: 10_000,
  maxDepth: 20,
  maxKeys: 1000,
  unknownParameters: 'pass',
  undeclaredProperties: 'as-declared',
  readOnlyProperties: 'refuse',
  headTimeoutMs: 1000,
  bodyTimeoutMs: 1000,
};

const RESPONSES: ResponsePolicy = {
  undeclared: 'strip',
  undeclaredHeaders: 'strip',
  invalid: 'block',
  maxBodyBytes: 10_000,
  maxDepth: 20,
  maxKeys: 1000,
  unchecked: 'pass',
};

export function schemaOf(node: JsonValue, pointer = '/schema'): SchemaSource {
  return { file: 'api.yaml', pointer, dialect: 'json-schema-2020-12', node };
}

const STYLES: Readonly<Record<ParameterLocation, ParameterStyle>> = {
  path: 'simple',
  query: 'form',
  header: 'simple',
  cookie: 'form',
  querystring: 'form',
};

/** A parameter with the defaults of OpenAPI. */
export function parameterOf(
  place: ParameterLocation,
  name: string,
  schema: JsonValue | null,
  more: Partial<Parameter> = {},
): Parameter {
  const style = more.style ?? STYLES[place];
  return {
    file: 'api.yaml',
    pointer: `/parameters/${name}`,
    name,
    in: place,
    required: place === 'path',
    deprecated: false,
    style,
    explode: style === 'form' || style === 'cookie',
    allowReserved: false,
    allowEmptyValue: false,
    schema: schema === null ? null : schemaOf(schema),
    content: null,
    extensions: {},
    ...more,
  };
}

export function mediaOf(range: string, schema: JsonValue | null, more: Partial<MediaType> = {}): MediaType {
  return {
    file: 'api.yaml',
    pointer: '/content',
    range,
    schema: schema === null ? null : schemaOf(schema),
    itemSchema: null,
    encoding: new Map(),
    ...more,
  };
}

export function responseOf(
  status: string,
  content: readonly MediaType[] = [],
  headers: Response['headers'] = [],
): Response {
  return { file: 'api.yaml', pointer: `/responses/${status}`, status, content, headers };
}

export function operationOf(more: Partial<Operation> = {}): Operation {
  return {
    file: 'api.yaml',
    pointer: '/paths/~1things/get',
    id: 'getThings',
    method: 'GET',
    path: '/things',
    basePaths: [''],
    tags: [],
    summary: null,
    deprecated: false,
    parameters: [],
    requestBody: null,
    responses: [],
    security: null,
    extensions: {},
    ...more,
  };
}

export interface ContextOptions {
  readonly requests?: Partial<RequestPolicy>;
  readonly responses?: Partial<ResponsePolicy>;
  readonly schemas?: SchemaCompiler;
  readonly document?: Partial<ApiDocument>;
}

/** As much of a context as validation looks at. */
export function contextOf(options: ContextOptions = {}): CompileContext {
  const policy = {
    authentication: new Map(),
    requests: { ...REQUESTS, ...options.requests },
    responses: { ...RESPONSES, ...options.responses },
    operations: new Map(),
  };
  const document = { operations: [], securitySchemes: new Map(), resolveSchema: () => null, ...options.document };
  return {
    policy: policy as unknown as Policy,
    document: document as unknown as ApiDocument,
    schemas: options.schemas ?? createPlainSchemas(),
    problems: [],
  };
}

export interface RequestFacts {
  readonly method?: string;
  readonly pathValues?: readonly string[];
  readonly query?: string | null;
  readonly headers?: readonly string[];
  readonly cookie?: string | null;
  readonly contentType?: string | null;
  readonly contentLength?: string | null;
  readonly contentEncoding?: string | null;
  readonly transferEncoding?: string | null;
  readonly body?: Uint8Array | string | null;
}

/** An exchange as the head stage leaves it. */
export function exchangeOf(facts: RequestFacts): Exchange {
  const exchange = new Exchange('id', 0, facts.method ?? 'GET', '/', facts.headers ?? [], '127.0.0.1', false);
  exchange.query = facts.query ?? null;
  exchange.pathValues = facts.pathValues ?? [];
  exchange.headers.cookie = facts.cookie ?? null;
  exchange.headers.contentType = facts.contentType ?? null;
  exchange.headers.contentLength = facts.contentLength ?? null;
  exchange.headers.contentEncoding = facts.contentEncoding ?? null;
  exchange.headers.transferEncoding = facts.transferEncoding ?? null;
  exchange.body = typeof facts.body === 'string' ? new TextEncoder().encode(facts.body) : (facts.body ?? null);
  return exchange;
}
