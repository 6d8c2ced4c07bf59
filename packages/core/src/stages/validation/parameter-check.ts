import type { FieldError } from '../../verdict/denial.ts';
import type { MediaType, Parameter, SchemaSource } from '../../openapi/model.ts';
import type {
  Direction,
  JsonBodyCheck,
  JsonBounds,
  SchemaCompiler,
  SchemaIssue,
  ValueCheck,
} from '../../schema/schema-compiler.ts';
import { readDeepObject } from './deep-object.ts';
import { fieldError, placeOf, toFieldErrors, undecodableError } from './field-errors.ts';
import { isAmbiguous, scalarReader } from './scalar-text.ts';
import { readItems, readMembers } from './structured-value.ts';
import { textStyle, toItemTexts, toMemberTexts, toScalarText, type TextStyle } from './text-style.ts';
import { ANY, ARRAY, compileTypeGuide, NULL, OBJECT, SCALAR, STRING, TypeGuide, type TypeSet } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';

/** What one parameter's text, once decoded, is held against. Null: it is valid. */
export interface ParameterCheck {
  /** Types that the schema allows; `content` parameters count as scalars. */
  readonly types: TypeSet;
  readonly guide: TypeGuide;
  /** The whole value in one text. */
  text(text: string): readonly FieldError[] | null;
  /** One text an item: repeated names. */
  items(texts: readonly string[]): readonly FieldError[] | null;
  /** Names and values in turn: members spread over the query or the cookies. */
  members(texts: readonly string[]): readonly FieldError[] | null;
  /** Bracketed names and values in turn. */
  brackets(texts: readonly string[]): readonly FieldError[] | null;
}

const encoder = new TextEncoder();

/** Compiles the check of a parameter. Throws `SchemaCompileError` where its schema cannot be compiled. */
export function compileParameterCheck(
  parameter: Parameter,
  schemas: SchemaCompiler,
  bounds: JsonBounds,
  direction: Direction = 'request',
): ParameterCheck {
  if (parameter.content !== null) return new ContentCheck(parameter, parameter.content, schemas, bounds, direction);
  if (parameter.schema === null) return UNCHECKED;
  return new SchemaCheck(parameter, parameter.schema, schemas, direction);
}

const ANYTHING = new TypeGuide(true, []);

/** Neither `schema` nor `content`: there is nothing to hold it against, but it is still one value, well encoded. */
const UNCHECKED: ParameterCheck = {
  types: STRING,
  guide: ANYTHING,
  text: () => null,
  items: () => null,
  members: () => null,
  brackets: () => null,
};

class SchemaCheck implements ParameterCheck {
  readonly types: TypeSet;
  readonly guide: TypeGuide;
  readonly #parameter: Parameter;
  readonly #style: TextStyle;
  readonly #plain: boolean;
  readonly #ambiguous: boolean;
  readonly #check: ValueCheck;
  readonly #schema: string;

  constructor(parameter: Parameter, schema: SchemaSource, schemas: SchemaCompiler, direction: Direction) {
    this.#parameter = parameter;
    this.guide = compileTypeGuide(schemas.normalized(schema, direction));
    this.types = this.guide.types;
    this.#check = schemas.value(schema, direction);
    this.#schema = `${schema.file}#${schema.pointer}`;
    this.#style = textStyle(parameter.name, parameter.style, parameter.explode, parameter.in === 'header');
    this.#plain = this.types === STRING && this.#style.lead === '';
    const structured = (this.types & (ARRAY | OBJECT)) !== 0;
    // Items and members have types of their own; whether one of them is ambiguous is not worth finding out beforehand.
    this.#ambiguous = structured || isAmbiguous(this.types);
  }

  text(text: string): readonly FieldError[] | null {
    if (this.#plain) return this.#judge(this.#check(text));
    const style = this.#style;
    let refusal: readonly FieldError[] | null = null;
    if ((this.types & ARRAY) !== 0) {
      const texts = toItemTexts(style, text);
      refusal = texts === null ? this.#malformed() : this.#try((asString) => readItems(texts, this.guide, asString));
      if (refusal === null) return null;
    }
    if ((this.types & OBJECT) !== 0) {
      const texts = toMemberTexts(style, text);
      refusal = texts === null ? this.#malformed() : this.#try((asString) => readMembers(texts, this.guide, asString));
      if (refusal === null) return null;
    }
    // `null` beside a structure is how `nullable` is written: it counts only as an exact `null`.
    if ((this.types & SCALAR) !== 0 && (refusal === null || (this.types & SCALAR) !== NULL || text === 'null')) {
      const scalar = toScalarText(style, text);
      refusal =
        scalar === null ? this.#malformed() : this.#try((asString) => scalarReader(this.guide)(scalar, asString));
    }
    return refusal ?? (this.types === 0 ? this.#judge(this.#check(text)) : null);
  }

  items(texts: readonly string[]): readonly FieldError[] | null {
    return this.#try((asString) => readItems(texts, this.guide, asString));
  }

  members(texts: readonly string[]): readonly FieldError[] | null {
    return this.#try((asString) => readMembers(texts, this.guide, asString));
  }

  brackets(texts: readonly string[]): readonly FieldError[] | null {
    return this.#try((asString) => readDeepObject(texts, this.guide, asString));
  }

  /** The most specific reading first, then the one that leaves strings as they are; the first refusal is the one to tell. */
  #try(read: (asString: boolean) => unknown): readonly FieldError[] | null {
    const specific = this.#judgeValue(read(false));
    if (specific === null || !this.#ambiguous) return specific;
    return this.#judgeValue(read(true)) === null ? null : specific;
  }

  #judgeValue(value: unknown): readonly FieldError[] | null {
    if (value instanceof Undecodable)
      return [undecodableError(placeOf(this.#parameter), this.#parameter.name, value, this.#schema)];
    return this.#judge(this.#check(value));
  }

  #judge(issues: readonly SchemaIssue[] | null): readonly FieldError[] | null {
    return issues === null ? null : toFieldErrors(placeOf(this.#parameter), this.#parameter.name, issues);
  }

  #malformed(): readonly FieldError[] {
    const { name, style, explode } = this.#parameter;
    return [
      fieldError(
        placeOf(this.#parameter),
        name,
        'syntax',
        `must be written in style ${style}${explode ? ', exploded' : ''}`,
        this.#schema,
      ),
    ];
  }
}

/** As what the text of a parameter with `content` is held to its schema; null where it is not. */
export function contentReading({ range }: MediaType): 'json' | 'text' | null {
  const essence = (range.split(';', 1)[0] ?? '').trim();
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json';
  return essence.startsWith('text/') ? 'text' : null;
}

/** A parameter declared by `content`: JSON, or text against a schema. Other media types are not looked into. */
class ContentCheck implements ParameterCheck {
  readonly types: TypeSet = STRING;
  readonly guide = ANYTHING;
  readonly #parameter: Parameter;
  readonly #json: JsonBodyCheck | null = null;
  readonly #text: ParameterCheck | null = null;

  constructor(
    parameter: Parameter,
    content: MediaType,
    schemas: SchemaCompiler,
    bounds: JsonBounds,
    direction: Direction,
  ) {
    this.#parameter = parameter;
    const reading = contentReading(content);
    const schema = content.schema ?? {
      file: content.file,
      pointer: content.pointer,
      dialect: 'json-schema-2020-12',
      node: true,
    };
    if (reading === 'json') this.#json = schemas.json(schema, direction, 'as-declared', bounds);
    else if (reading === 'text' && content.schema !== null) {
      this.#text = new SchemaCheck(
        { ...parameter, style: 'simple', explode: false },
        content.schema,
        schemas,
        direction,
      );
    }
  }

  text(text: string): readonly FieldError[] | null {
    if (this.#text !== null) return this.#text.text(text);
    if (this.#json === null) return null;
    const result = this.#json(encoder.encode(text));
    return result.ok ? null : toFieldErrors(placeOf(this.#parameter), this.#parameter.name, result.issues);
  }

  items(): readonly FieldError[] {
    return [fieldError(placeOf(this.#parameter), this.#parameter.name, 'duplicate', 'must be sent once')];
  }

  members(): readonly FieldError[] {
    return this.items();
  }

  brackets(): readonly FieldError[] {
    return this.items();
  }
}

/** True where a parameter's members are spread over its place instead of standing under its own name. */
export function isSpread(parameter: Parameter, types: TypeSet): boolean {
  const spreads =
    parameter.style === 'form' ||
    parameter.style === 'cookie' ||
    parameter.style === 'spaceDelimited' ||
    parameter.style === 'pipeDelimited';
  return (
    parameter.content === null &&
    parameter.explode &&
    spreads &&
    (types & OBJECT) !== 0 &&
    (types & ANY & ~NULL) === OBJECT
  );
}

/** True where a parameter's items come as its name repeated. */
export function isRepeated(parameter: Parameter, types: TypeSet): boolean {
  return parameter.content === null && parameter.explode && parameter.style !== 'deepObject' && (types & ARRAY) !== 0;
}
