import { isObject, type JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { createSchemaFold } from './fold-schemas.ts';
import { isBareReference, listedSchemas, type ReferenceResolver, referenceOf } from './schema-reference.ts';
import { translateDialect } from './translate-dialect.ts';

const IN_PLACE = ['allOf', 'oneOf', 'anyOf'];

/** Tells of a schema whether it says, itself or by what it is made of, that a value may be no object: null, a text, a list. One that says nothing of types does not. */
export function createOtherKinds(document: ReferenceResolver): (source: SchemaSource) => boolean {
  return createSchemaFold<boolean>({
    parts: (source) => {
      const reference = referenceOf(source.node);
      const referred = reference === null ? null : document.resolveSchema(source, reference);
      return [
        ...(referred === null ? [] : [referred]),
        ...IN_PLACE.flatMap((keyword) => listedSchemas(source, keyword)),
      ];
    },
    own: namesOthers,
    join: (values) => values.includes(true),
  });
}

function namesOthers(source: SchemaSource): boolean {
  if (!isObject(source.node) || isBareReference(source)) return false;
  const { keywords, nullable } = translateDialect(source.node, source.dialect);
  const { type, enum: values } = keywords;
  const types: readonly JsonValue[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const constants: readonly JsonValue[] = [
    ...(Array.isArray(values) ? (values as readonly JsonValue[]) : []),
    ...(Object.hasOwn(keywords, 'const') ? [keywords['const'] ?? null] : []),
  ];
  return nullable || types.some((one) => one !== 'object') || constants.some((one) => !isObject(one));
}
