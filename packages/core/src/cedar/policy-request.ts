import type { Principal } from '../principal.ts';
import { type ApiModel, type OperationModel, PARAMETER_PLACES, type ParameterPlace } from './api-model.ts';
import type { CedarType, RecordType } from './cedar-type.ts';
import { createEntity } from './entities.ts';
import { EvaluationError, UNREADABLE } from './evaluation-error.ts';
import { lazyRecord, valueOfJs } from './read-value.ts';
import type { CedarEntity, CedarRequest } from './request.ts';
import { type CedarRecord, CedarSet, type CedarValue, EntityUid, recordOf } from './value.ts';

/** What is known of one request, wherever it comes from: an exchange, or a test of the policies. `read…` gives null for what cannot be read. */
export interface RequestFacts {
  readonly principal: Principal;
  /** False where the principal may have more roles than it is known to have: the store that grants them cannot tell. */
  readonly rolesKnown: boolean;
  /** The path of the request. */
  readonly path: string;
  hasParameter(place: ParameterPlace, name: string): boolean;
  readParameter(place: ParameterPlace, name: string, type: CedarType): CedarValue | null;
  hasBody(): boolean;
  readBody(type: CedarType): CedarValue | null;
  hasContext(name: string): boolean;
  readContext(name: string, type: CedarType): CedarValue | null;
}

/** A request as policies see it, and by what they are found. */
export interface PolicyRequest extends CedarRequest {
  /** The principal and all it is in; null where that is not known. */
  readonly principalKeys: readonly string[] | null;
}

interface KnownPrincipal {
  readonly uid: EntityUid;
  readonly entity: CedarEntity;
  readonly keys: readonly string[] | null;
}

/** Makes requests of one API: what stays the same between them is made once. */
export class PolicyRequests {
  readonly #model: ApiModel;
  readonly #actions = new Map<string, CedarEntity>();
  readonly #constants = new Map<OperationModel, ReadonlyMap<string, CedarValue>>();
  /** Principals are shared between the exchanges that carry the same credential, and forgotten with it. */
  readonly #principals = new WeakMap<Principal, KnownPrincipal>();

  constructor(model: ApiModel) {
    this.#model = model;
    for (const operation of model.operations) {
      const { id, method, path, tags } = operation.operation;
      this.#actions.set(operation.action.key, createEntity(new Set(operation.groups.map(({ key }) => key))));
      this.#constants.set(
        operation,
        new Map<string, CedarValue>([
          ['operation', id],
          ['method', method],
          ['template', path],
          ['tags', new CedarSet(tags)],
        ]),
      );
    }
  }

  get principalType(): RecordType {
    return this.#model.principal;
  }

  get contextType(): RecordType {
    return this.#model.context;
  }

  create(operation: OperationModel, facts: RequestFacts): PolicyRequest {
    const known = this.#principal(facts.principal);
    const principal = facts.rolesKnown ? known : withUnknownRoles(known);
    const resource = new EntityUid(operation.resourceType, facts.path);
    const attributes = this.#resource(operation, facts);
    const { context } = this.#model;
    return {
      principal: principal.uid,
      principalKeys: principal.keys,
      action: operation.action,
      resource,
      context: lazyRecord(
        context,
        (name) => facts.hasContext(name),
        (name, type) => facts.readContext(name, type),
      ),
      entity: (uid) => {
        if (uid.key === resource.key) return attributes;
        if (uid.key === principal.uid.key) return principal.entity;
        return this.#actions.get(uid.key) ?? null;
      },
    };
  }

  #resource(operation: OperationModel, facts: RequestFacts): CedarEntity {
    const constants = this.#constants.get(operation);
    const records = new Map<string, CedarValue | EvaluationError>();
    const { members } = operation.resource;
    return createEntity(NOTHING, {
      has: (name) => members.has(name) && (name !== 'body' || facts.hasBody()),
      get(name) {
        const constant = constants?.get(name);
        if (constant !== undefined) return constant;
        const member = members.get(name);
        if (member === undefined || (name === 'body' && !facts.hasBody())) return undefined;
        let value = records.get(name);
        if (value === undefined) {
          value =
            name === 'body' ? (facts.readBody(member.type) ?? UNREADABLE) : parametersIn(name, member.type, facts);
          records.set(name, value);
        }
        if (value instanceof EvaluationError) throw value;
        return value;
      },
      names: () => members.keys(),
    });
  }

  #principal(principal: Principal): KnownPrincipal {
    let known = this.#principals.get(principal);
    if (known === undefined) {
      known = knowPrincipal(principal, this.#model.principal);
      this.#principals.set(principal, known);
    }
    return known;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function parametersIn(name: string, type: CedarType, facts: RequestFacts): CedarRecord {
  const place = PARAMETER_PLACES.find((one) => one === name) ?? 'query';
  return lazyRecord(
    type as RecordType,
    (parameter) => facts.hasParameter(place, parameter),
    (parameter, of) => facts.readParameter(place, parameter, of),
  );
}

function knowPrincipal(principal: Principal, type: RecordType): KnownPrincipal {
  const { kind, subject, issuer, scopes, roles, schemes, keyId, attributes } = principal;
  const uid = principalUid(principal);
  const groups = roles.map((role) => new EntityUid('Role', role).key);
  const claims = valueOfJs(attributes, type.members.get('claims')?.type ?? { kind: 'Record', members: new Map() });
  const members: [string, CedarValue][] = [
    ['kind', kind],
    ['subject', subject],
    ['issuer', issuer],
    ['scopes', new CedarSet([...scopes])],
    ['roles', new CedarSet([...roles])],
    ['schemes', new CedarSet([...schemes])],
    ['claims', claims ?? recordOf([])],
  ];
  if (keyId !== null) members.push(['keyId', keyId]);
  return { uid, entity: createEntity(new Set(groups), recordOf(members)), keys: [uid.key, ...groups] };
}

/** A role that the principal is not known to have is no role that it does not have: asking for it is an error, so that a forbid denies. */
function withUnknownRoles({ uid, entity }: KnownPrincipal): KnownPrincipal {
  const { attributes } = entity;
  return {
    uid,
    keys: null,
    entity: {
      attributes: {
        ...attributes,
        get(name) {
          if (name === 'roles') throw UNREADABLE;
          return attributes.get(name);
        },
      },
      isIn(key) {
        if (entity.isIn(key)) return true;
        throw UNREADABLE;
      },
      tag: (name) => entity.tag(name),
    },
  };
}

/**
 * `Principal::"https://id.example.com/|ada"`: issuer and subject, for two issuers may have a subject each of one name. Whoever proved nothing is
 * `Principal::"anonymous"`.
 */
function principalUid({ kind, issuer, subject }: Principal): EntityUid {
  return new EntityUid('Principal', kind === 'anonymous' ? 'anonymous' : `${issuer.replaceAll('|', '%7C')}|${subject}`);
}
