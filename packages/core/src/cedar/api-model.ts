import type { ApiDocument, MediaType, Operation, Parameter } from '../openapi/model.ts';
import {
  always,
  BOOLEAN,
  type CedarType,
  DATETIME,
  IPADDR,
  LONG,
  type MemberType,
  type RecordType,
  recordType,
  sometimes,
  STRING,
  STRINGS,
  toSchemaType,
} from './cedar-type.ts';
import { deriveType } from './derive-type.ts';
import { EntityUid } from './value.ts';

/** Places of parameters that policies can name: `resource.path.id`. */
export const PARAMETER_PLACES = ['path', 'query', 'header'] as const;
export type ParameterPlace = (typeof PARAMETER_PLACES)[number];

/** A parameter that a type of Cedar can hold. */
export interface ParameterAttribute {
  readonly parameter: Parameter;
  readonly type: CedarType;
}

/** One operation as policies see it. */
export interface OperationModel {
  readonly operation: Operation;
  /** `Action::"getAccount"`. */
  readonly action: EntityUid;
  /** What the action is in: its tags, its method, and whether anyone may call it. */
  readonly groups: readonly EntityUid[];
  /** The type of its resources. */
  readonly resourceType: string;
  readonly resource: RecordType;
  readonly parameters: Readonly<Record<ParameterPlace, ReadonlyMap<string, ParameterAttribute>>>;
  /** The JSON body; null where none is declared, or none that a type can hold. */
  readonly body: CedarType | null;
  /** The document says that anyone may call it. */
  readonly open: boolean;
}

/** An API as policies see it. */
export interface ApiModel {
  readonly operations: readonly OperationModel[];
  readonly principal: RecordType;
  readonly context: RecordType;
}

/** What policies can know beside the document: declared in the policy file. */
export interface AttributeSettings {
  readonly claims: ReadonlyMap<string, CedarType>;
  /** Whether a trusted proxy tells the country of the client. */
  readonly country: boolean;
}

/** The groups of actions that every API has. */
const OPEN_GROUP = 'group:open';

/** Derives from a document what a policy can ask about. */
export function createApiModel(document: ApiDocument, settings: AttributeSettings): ApiModel {
  const names = new Set(['Principal', 'Role', 'Action']);
  return {
    operations: document.operations.map((operation) => modelOperation(operation, document, names)),
    principal: recordType([
      ['kind', always(STRING)],
      ['subject', always(STRING)],
      ['issuer', always(STRING)],
      ['scopes', always(STRINGS)],
      ['roles', always(STRINGS)],
      ['schemes', always(STRINGS)],
      ['keyId', sometimes(STRING)],
      ['claims', always(recordType([...settings.claims].map(([name, type]) => [name, sometimes(type)])))],
    ]),
    context: recordType([
      ['ip', always(IPADDR)],
      ['time', always(DATETIME)],
      ['hour', always(LONG)],
      ['weekday', always(LONG)],
      ['secure', always(BOOLEAN)],
      ['host', always(STRING)],
      ['method', always(STRING)],
      ['path', always(STRING)],
      ['userAgent', sometimes(STRING)],
      ['origin', sometimes(STRING)],
      ...(settings.country ? [['country', sometimes(STRING)] as const] : []),
      [
        'certificate',
        sometimes(
          recordType([
            ['subject', always(STRING)],
            ['serialNumber', sometimes(STRING)],
            ['fingerprint', sometimes(STRING)],
            ['names', always(STRINGS)],
          ]),
        ),
      ],
    ]),
  };
}

/** True where the document says in as many words that anyone may call it: `security: []`, or an alternative that asks for nothing. Where it says nothing, nobody decided that. */
export function isOpen({ security }: Operation): boolean {
  return security !== null && (security.length === 0 || security.some((alternative) => alternative.length === 0));
}

function modelOperation(operation: Operation, document: ApiDocument, names: Set<string>): OperationModel {
  const open = isOpen(operation);
  const groups = [
    ...operation.tags.map((tag) => `tag:${tag}`),
    `method:${operation.method}`,
    ...(open ? [OPEN_GROUP] : []),
  ];
  const parameters = {
    path: attributesIn(operation, 'path', document),
    query: attributesIn(operation, 'query', document),
    header: attributesIn(operation, 'header', document),
  };
  const body = jsonBody(operation)?.schema ?? null;
  const bodyType = body === null ? null : deriveType(body, document);
  const members: [string, MemberType][] = [
    ['operation', always(STRING)],
    ['method', always(STRING)],
    ['template', always(STRING)],
    ['tags', always(STRINGS)],
  ];
  for (const place of PARAMETER_PLACES) {
    const attributes = parameters[place];
    if (attributes.size === 0) continue;
    members.push([
      place,
      always(
        recordType(
          [...attributes].map(([name, { parameter, type }]) => [
            name,
            { type, required: place === 'path' || parameter.required },
          ]),
        ),
      ),
    ]);
  }
  if (bodyType !== null) members.push(['body', { type: bodyType, required: operation.requestBody?.required === true }]);
  return {
    operation,
    action: new EntityUid('Action', operation.id),
    groups: groups.map((group) => new EntityUid('Action', group)),
    resourceType: typeName(operation, names),
    resource: recordType(members),
    parameters,
    body: bodyType,
    open,
  };
}

/** The JSON media type of the body: of several, the first. */
function jsonBody(operation: Operation): MediaType | null {
  return operation.requestBody?.content.find(({ range }) => isJsonType(range)) ?? null;
}

/** Whether a media type or range is JSON. */
export function isJsonType(range: string): boolean {
  const essence = (range.split(';', 1)[0] ?? '').trim().toLowerCase();
  return essence === 'application/json' || essence.endsWith('+json');
}

/** Names that the document is to ignore (OpenAPI 3.1, 4.8.12.1). */
const IGNORED = new Set(['accept', 'content-type', 'authorization']);

function attributesIn(
  operation: Operation,
  place: ParameterPlace,
  document: ApiDocument,
): ReadonlyMap<string, ParameterAttribute> {
  const attributes = new Map<string, ParameterAttribute>();
  for (const parameter of operation.parameters) {
    if (parameter.in !== place || (place === 'header' && IGNORED.has(parameter.name.toLowerCase()))) continue;
    if (parameter.schema === null || parameter.style === 'deepObject') continue;
    const type = deriveType(parameter.schema, document);
    // Objects are written in many ways, and none of them has a type of its own for each member.
    if (type === null || type.kind === 'Record' || (type.kind === 'Set' && !isScalar(type.of))) continue;
    attributes.set(parameter.name, { parameter, type });
  }
  return attributes;
}

function isScalar({ kind }: CedarType): boolean {
  return kind !== 'Set' && kind !== 'Record';
}

/** `getAccount` is `GetAccount`; a name that is taken gets a number. */
function typeName(operation: Operation, names: Set<string>): string {
  const words = operation.id.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const base = /^[A-Za-z]/.test(joined) ? joined : `Operation${joined}`;
  let name = base;
  for (let number = 2; names.has(name); number++) name = `${base}${number}`;
  names.add(name);
  return name;
}

/** The schema that policies are validated against, in Cedar's JSON form. */
export function toCedarSchema(model: ApiModel): Record<string, unknown> {
  const actions: Record<string, unknown> = Object.create(null);
  const entityTypes: Record<string, unknown> = {
    Principal: { memberOfTypes: ['Role'], shape: toSchemaType(model.principal) },
    Role: {},
  };
  const context = toSchemaType(model.context);
  actions[OPEN_GROUP] = {};
  for (const { groups } of model.operations) for (const { id } of groups) actions[id] = {};
  for (const { action, groups, resourceType, resource } of model.operations) {
    entityTypes[resourceType] = { shape: toSchemaType(resource) };
    actions[action.id] = {
      memberOf: groups.map(({ id }) => ({ id })),
      appliesTo: { principalTypes: ['Principal'], resourceTypes: [resourceType], context },
    };
  }
  return { '': { entityTypes, actions } };
}

/** Operations whose id is the name of a group of actions too: policies could not tell which is meant. */
export function ambiguousActions(model: ApiModel): readonly Operation[] {
  const groups = new Set([OPEN_GROUP, ...model.operations.flatMap((one) => one.groups.map(({ id }) => id))]);
  return model.operations.filter(({ action }) => groups.has(action.id)).map(({ operation }) => operation);
}
