/** The type of an attribute, as far as a document or a policy declares it. */
export type CedarType =
  | { readonly kind: 'Boolean' | 'Long' | 'String' | 'decimal' | 'datetime' | 'ipaddr' }
  | { readonly kind: 'Set'; readonly of: CedarType }
  | RecordType;

export interface RecordType {
  readonly kind: 'Record';
  readonly members: ReadonlyMap<string, MemberType>;
}

export interface MemberType {
  readonly type: CedarType;
  /** Whether a request that was checked always has it. */
  readonly required: boolean;
}

export const BOOLEAN: CedarType = { kind: 'Boolean' };
export const LONG: CedarType = { kind: 'Long' };
export const STRING: CedarType = { kind: 'String' };
export const STRINGS: CedarType = { kind: 'Set', of: STRING };
export const DATETIME: CedarType = { kind: 'datetime' };
export const IPADDR: CedarType = { kind: 'ipaddr' };

export function recordType(members: Iterable<readonly [string, MemberType]>): RecordType {
  return { kind: 'Record', members: new Map(members) };
}

/** A member that is always there. */
export function always(type: CedarType): MemberType {
  return { type, required: true };
}

/** A member that may be missing: a policy has to ask with `has` first. */
export function sometimes(type: CedarType): MemberType {
  return { type, required: false };
}

/** The type in the JSON form of a Cedar schema. */
export function toSchemaType(type: CedarType): Record<string, unknown> {
  switch (type.kind) {
    case 'Set':
      return { type: 'Set', element: toSchemaType(type.of) };
    case 'Record':
      return {
        type: 'Record',
        attributes: Object.fromEntries(
          [...type.members].map(([name, { type: member, required }]) => [
            name,
            { ...toSchemaType(member), ...(required ? {} : { required: false }) },
          ]),
        ),
      };
    case 'decimal':
    case 'datetime':
    case 'ipaddr':
      return { type: 'Extension', name: type.kind };
    default:
      return { type: type.kind };
  }
}
