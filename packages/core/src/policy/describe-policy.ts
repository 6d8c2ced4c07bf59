import type { JsonValue } from '../json/json-value.ts';
import { expected } from './expected-shape.ts';
import { POLICY_SHAPE } from './policy-schema.ts';
import type { Field, FieldMap, Shape } from './shape.ts';

/** One setting of the policy file, for the reference page. */
export interface SettingDescription {
  /** With dots; `[]` for the items of a list and an upper-case word for a name that the author chooses: `operations.OPERATION.cost`. */
  readonly path: string;
  readonly type: string;
  /** As it would be written; null where there is none, `required` where it must be there. */
  readonly default: string | null;
  readonly description: string;
}

/** Every setting that is available, in the order of the file: each map before what is in it. */
export function describePolicy(): SettingDescription[] {
  const settings: SettingDescription[] = [];
  describeFields(POLICY_SHAPE.fields, '', settings);
  return settings;
}

function describeFields(fields: FieldMap, prefix: string, settings: SettingDescription[]): void {
  for (const [name, field] of Object.entries(fields)) {
    if (field.shape.kind === 'later') continue;
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (!settings.some((setting) => setting.path === path))
      settings.push({ path, type: expected(field.shape), default: defaultOf(field), description: field.description });
    describeInside(field.shape, path, settings);
  }
}

function describeInside(shape: Shape, path: string, settings: SettingDescription[]): void {
  if (shape.kind === 'object') describeFields(shape.fields, path, settings);
  else if (shape.kind === 'list') describeInside(shape.item, `${path}[]`, settings);
  else if (shape.kind === 'map') describeInside(shape.value, `${path}.${shape.name}`, settings);
  else if (shape.kind === 'union') for (const branch of shape.branches) describeInside(branch, path, settings);
  else if (shape.kind === 'variants')
    for (const variant of shape.variants) describeFields(variant.shape.fields, path, settings);
}

function defaultOf(field: Field): string | null {
  if (field.presence === 'required') return 'required';
  return field.default === undefined || isEmptyMap(field.default) ? null : JSON.stringify(field.default);
}

function isEmptyMap(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
