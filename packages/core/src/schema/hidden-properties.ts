import { isObject, type JsonObject } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import type { DiscriminatorIndex, KindChoice } from './discriminator-branches.ts';
import { createSchemaFold } from './fold-schemas.ts';
import { joinNames, type NameUnion, namesOf, NO_NAMES } from './name-union.ts';
import type { Direction } from './schema-compiler.ts';
import {
  below,
  isBareReference,
  listedSchemas,
  mappedSchemas,
  type ReferenceResolver,
  referenceOf,
} from './schema-reference.ts';

/** A schema on the way from one that looks at the same value. */
export interface Reached extends SchemaSource {
  /** True for a parent reached from one of its own kinds: which kind it is has been decided. */
  readonly decided?: boolean;
}

/** Schemas that look at the same value as the one that they belong to, all of them or one of them. */
export interface SchemaPart {
  /** `$ref`, `allOf/0`, `oneOf`, `anyOf`; `discriminator` for the schemas that extend a parent; `condition` for what holds now and then. */
  readonly name: string;
  readonly sources: readonly Reached[];
}

/** Names of properties that one direction of traffic may not have: `readOnly` ones in requests, `writeOnly` ones in responses. */
export interface HiddenProperties {
  /** True when the schema of a property is so marked: itself, through `$ref`, or in a member of its `allOf`. */
  isHidden(property: SchemaSource): boolean;
  /** Hidden in every value of the schema: its own, through `$ref` and `allOf`. */
  always(source: SchemaSource): NameUnion;
  /** Those, and the ones of any of its kinds and alternatives, and of what applies on a condition. */
  anywhere(source: Reached): NameUnion;
  /** What a schema is made of, kinds only where they are not decided. */
  partsOf(source: Reached): readonly SchemaPart[];
}

export function createHiddenProperties(
  document: ReferenceResolver,
  direction: Direction,
  kinds: DiscriminatorIndex,
): HiddenProperties {
  const keyword = direction === 'request' ? 'readOnly' : 'writeOnly';
  const isMarked = ({ node }: SchemaSource): boolean => isObject(node) && node[keyword] === true;
  const isMadeHidden = createSchemaFold<boolean>({
    parts: (source) => [...target(source), ...listedSchemas(source, 'allOf')],
    own: (source) => !isBareReference(source) && isMarked(source),
    join: (values) => values.includes(true),
  });
  const isHidden = (property: SchemaSource): boolean =>
    hasAny(property, ['$ref', 'allOf']) ? isMadeHidden(property) : isMarked(property);

  const own = (source: SchemaSource): NameUnion =>
    namesOf(mappedSchemas(source, 'properties').flatMap(([name, property]) => (isHidden(property) ? [name] : [])));

  const always = createSchemaFold<NameUnion>({
    parts: (source) => [...target(source), ...listedSchemas(source, 'allOf')],
    own,
    join: joinNames,
  });

  const anywhere = createSchemaFold<NameUnion, Reached>({
    parts: (source) => partsOf(source).flatMap((part) => part.sources),
    own,
    join: joinNames,
    keyOf: (source) => `${source.decided === true ? 'decided ' : ''}${source.file}#${source.pointer}`,
  });

  function target(source: SchemaSource): readonly SchemaSource[] {
    const reference = referenceOf(source.node);
    const found = reference === null ? null : document.resolveSchema(source, reference);
    return found === null ? [] : [found];
  }

  function partsOf(source: Reached): readonly SchemaPart[] {
    const decided = source.decided === true;
    // As in the normalizer: a reference in a parent leads to its own kinds, unless the parent is nothing else.
    const referred = target(source).map(
      (schema): Reached => ({
        ...schema,
        decided: (decided && isBareReference(source)) || kinds.isKindOf(source, schema),
      }),
    );
    const conditions =
      source.dialect === 'json-schema-2020-12'
        ? [
            ...(['then', 'else'] as const).flatMap((name) => single(source, name)),
            ...mappedSchemas(source, 'dependentSchemas').map(([, schema]) => schema),
          ]
        : [];
    return [
      { name: '$ref', sources: referred },
      ...listedSchemas(source, 'allOf').map((member, i) => ({
        name: `allOf/${i}`,
        sources: [{ ...member, decided: decided && !isBareReference(member) }],
      })),
      ...kindsOf(source).filter(({ name }) => !decided || !kinds.offersKinds(source, name)),
      { name: 'condition', sources: conditions },
    ].filter((part) => part.sources.length > 0);
  }

  function kindsOf(source: SchemaSource): (SchemaPart & { readonly name: KindChoice })[] {
    return [
      { name: 'oneOf', sources: listedSchemas(source, 'oneOf') },
      { name: 'anyOf', sources: listedSchemas(source, 'anyOf') },
      { name: 'discriminator', sources: kinds.children(source).map((child) => child.source) },
    ];
  }

  // Most schemas of a document are one type and nothing else, and are asked about most.
  return {
    isHidden,
    always: (source) => (hasAny(source, HIDING) ? always(source) : NO_NAMES),
    anywhere: (source) => (hasAny(source, HIDING) ? anywhere(source) : NO_NAMES),
    partsOf,
  };
}

/** Keywords without which a schema hides nothing. */
const HIDING = [
  '$ref',
  'properties',
  'allOf',
  'oneOf',
  'anyOf',
  'then',
  'else',
  'dependentSchemas',
  'discriminator',
] as const;

function hasAny({ node }: SchemaSource, keywords: readonly string[]): boolean {
  return isObject(node) && keywords.some((keyword) => Object.hasOwn(node, keyword));
}

function single(source: SchemaSource, keyword: string): SchemaSource[] {
  if (!isObject(source.node) || isBareReference(source) || !Object.hasOwn(source.node, keyword)) return [];
  return [below(source, (source.node as JsonObject)[keyword] ?? true, keyword)];
}
