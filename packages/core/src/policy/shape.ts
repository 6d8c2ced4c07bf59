import type { JsonValue } from '../json/json-value.ts';
import type { Secret } from './secret.ts';
import type { Rate } from './units.ts';

/**
 * The vocabulary that the policy file is described in. One description is read in three ways: the reader checks a file by it,
 * the JSON Schema and the reference page are generated from it, and TypeScript infers what reading gives (`Read`).
 */
export type Shape =
  | TextShape
  | SecretShape
  | ChoiceShape
  | FlagShape
  | NumberShape
  | DurationShape
  | SizeShape
  | RateShape
  | DateShape
  | AnyShape
  | ListShape
  | MapShape
  | ObjectShape
  | VariantsShape
  | UnionShape
  | LaterShape;

/** A kind of text: `pattern` must match the whole of it, and must be linear-time. */
export interface TextFormat {
  readonly expected: string;
  readonly pattern: string;
  /** What may stand there, where that are few words, so that the one that was meant can be told: `address`, `claim:NAME`. */
  readonly words?: readonly string[];
}

export interface TextShape {
  readonly kind: 'text';
  readonly format: TextFormat | null;
  /** True where secrets may stand in the midst of it, by reference. */
  readonly holdsSecrets?: true;
}
/** A path to a file, or a reference to a secret's text. A literal private key is refused. */
export interface SecretShape {
  readonly kind: 'secret';
}
export interface ChoiceShape<Value extends string = string> {
  readonly kind: 'choice';
  readonly values: readonly Value[];
  /** Values that are recognised and not available yet, with what to write instead. */
  readonly later: Readonly<Record<string, string>>;
}
export interface FlagShape {
  readonly kind: 'flag';
}
export interface NumberShape {
  readonly kind: 'number';
  readonly minimum: number;
  readonly maximum: number;
}
export interface DurationShape {
  readonly kind: 'duration';
  readonly minMs: number;
  readonly maxMs: number;
}
export interface SizeShape {
  readonly kind: 'size';
  readonly minBytes: number;
  readonly maxBytes: number;
}
export interface RateShape {
  readonly kind: 'rate';
}
export interface DateShape {
  readonly kind: 'date';
}
/** Any JSON value, taken as it stands. */
export interface AnyShape {
  readonly kind: 'any';
}
export interface ListShape<Item extends Shape = Shape> {
  readonly kind: 'list';
  readonly item: Item;
  readonly minItems: number;
  readonly maxItems: number;
}
export interface MapShape<Value extends Shape = Shape> {
  readonly kind: 'map';
  /** What a name stands for, for the reference: `NAME`. */
  readonly name: string;
  readonly names: TextFormat | null;
  readonly value: Value;
}
export interface ObjectShape<Fields extends FieldMap = FieldMap> {
  readonly kind: 'object';
  readonly fields: Fields;
}
export interface Variant<Name extends string = string, Fields extends FieldMap = FieldMap> {
  readonly variant: Name;
  readonly shape: ObjectShape<Fields>;
}
/** One of several objects, told apart by which of them knows most of the names. */
export interface VariantsShape<Variants extends readonly Variant[] = readonly Variant[]> {
  readonly kind: 'variants';
  readonly variants: Variants;
}
/** One branch a JSON type, so that a problem is always that of one branch. */
export interface UnionShape<Branches extends readonly Shape[] = readonly Shape[]> {
  readonly kind: 'union';
  readonly branches: Branches;
}
/** Recognised, and refused until it exists. */
export interface LaterShape {
  readonly kind: 'later';
  readonly instead: string;
}

export interface Field<
  S extends Shape = Shape,
  Presence extends 'required' | 'optional' | 'default' = 'required' | 'optional' | 'default',
> {
  readonly shape: S;
  readonly description: string;
  readonly presence: Presence;
  /** As it would be written in the file. */
  readonly default: JsonValue | undefined;
}
export type FieldMap = Readonly<Record<string, Field>>;

/** What reading a value of a shape gives. */
export type Read<S> = S extends TextShape
  ? string
  : S extends SecretShape
    ? Secret | string
    : S extends ChoiceShape<infer Value>
      ? Value
      : S extends FlagShape
        ? boolean
        : S extends NumberShape | DurationShape | SizeShape | DateShape
          ? number
          : S extends RateShape
            ? Rate
            : S extends AnyShape
              ? JsonValue
              : S extends ListShape<infer Item>
                ? readonly Read<Item>[]
                : S extends MapShape<infer Value>
                  ? ReadonlyMap<string, Read<Value>>
                  : S extends ObjectShape<infer Fields>
                    ? ReadFields<Fields>
                    : S extends VariantsShape<infer Variants>
                      ? ReadVariant<Variants[number]>
                      : S extends UnionShape<infer Branches>
                        ? Read<Branches[number]>
                        : never;

export type ReadFields<Fields extends FieldMap> = {
  readonly [Name in keyof Fields]: Fields[Name]['presence'] extends 'optional'
    ? Read<Fields[Name]['shape']> | undefined
    : Read<Fields[Name]['shape']>;
};
type ReadVariant<V> =
  V extends Variant<infer Name, infer Fields> ? { readonly variant: Name; readonly value: ReadFields<Fields> } : never;

/** 24 days. Timers of the platform wrap around little above it and fire at once: a timeout that long would be none. */
export const MAX_TIMER_MS = 24 * 86_400_000;

export function text(format: TextFormat | null = null): TextShape {
  return { kind: 'text', format };
}
/** Text with references to secrets in its midst, such as a URL with a password. */
export function textWithSecrets(): TextShape {
  return { kind: 'text', format: null, holdsSecrets: true };
}
export function secret(): SecretShape {
  return { kind: 'secret' };
}
export function choice<const Values extends readonly string[]>(
  values: Values,
  later: Readonly<Record<string, string>> = {},
): ChoiceShape<Values[number]> {
  return { kind: 'choice', values, later };
}
export function flag(): FlagShape {
  return { kind: 'flag' };
}
export function number(minimum: number, maximum: number): NumberShape {
  return { kind: 'number', minimum, maximum };
}
export function duration(minMs: number, maxMs: number = MAX_TIMER_MS): DurationShape {
  return { kind: 'duration', minMs, maxMs };
}
export function size(minBytes: number, maxBytes: number): SizeShape {
  return { kind: 'size', minBytes, maxBytes };
}
export function rate(): RateShape {
  return { kind: 'rate' };
}
export function date(): DateShape {
  return { kind: 'date' };
}
export function any(): AnyShape {
  return { kind: 'any' };
}
export function list<Item extends Shape>(item: Item, minItems = 0, maxItems = 10_000): ListShape<Item> {
  return { kind: 'list', item, minItems, maxItems };
}
export function map<Value extends Shape>(name: string, value: Value, names: TextFormat | null = null): MapShape<Value> {
  return { kind: 'map', name, names, value };
}
export function object<const Fields extends FieldMap>(fields: Fields): ObjectShape<Fields> {
  return { kind: 'object', fields };
}
export function variants<const Variants extends readonly Variant[]>(...all: Variants): VariantsShape<Variants> {
  return { kind: 'variants', variants: all };
}
export function union<const Branches extends readonly Shape[]>(...branches: Branches): UnionShape<Branches> {
  return { kind: 'union', branches };
}

/** A setting that must be there. */
export function required<S extends Shape>(shape: S, description: string): Field<S, 'required'> {
  return { shape, description, presence: 'required', default: undefined };
}
/** A setting that may be absent. */
export function optional<S extends Shape>(shape: S, description: string): Field<S, 'optional'> {
  return { shape, description, presence: 'optional', default: undefined };
}
/** A setting with a default, written as it would be in the file and read by the same rules. */
export function defaulted<S extends Shape>(shape: S, value: JsonValue, description: string): Field<S, 'default'> {
  return { shape, description, presence: 'default', default: value };
}
/** A setting of a later version: recognised, so that it is refused with what to write instead, and never ignored. */
export function later(instead: string): Field<LaterShape, 'optional'> {
  return {
    shape: { kind: 'later', instead },
    description: 'Not available in this version.',
    presence: 'optional',
    default: undefined,
  };
}
