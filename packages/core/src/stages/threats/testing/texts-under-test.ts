import type { Exchange } from '../../../exchange.ts';
import type { JsonObject, JsonValue } from '../../../json/json-value.ts';
import type { Dialect, MediaType, Operation } from '../../../openapi/model.ts';
import type { DocumentSchemaCompiler } from '../../../schema/create-schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith } from '../../../schema/testing/test-document.ts';
import { BodyTexts } from '../body-texts.ts';

export const INJECTION = "1' OR '1'='1' --";

/** The bodies of one operation with one schema. */
export interface TextsUnderTest {
  readonly compiler: DocumentSchemaCompiler;
  readonly media: MediaType;
  readonly texts: BodyTexts;
  /** The bodies of another operation with the same schema. */
  operation(): BodyTexts;
  isValid(value: JsonValue): boolean;
  /** Pointers of the texts of a body that are looked at, the value of each a finding. */
  lookedAt(body: JsonValue): readonly string[];
  /** The same for a body of any type. */
  lookedAtIn(contentType: string, body: string | Uint8Array): readonly string[];
  /** The texts themselves. */
  textsIn(contentType: string, body: string): readonly string[];
}

export function textsWith(
  schema: JsonValue,
  named: JsonObject = {},
  { dialect = 'json-schema-2020-12', range = 'application/json' }: { dialect?: Dialect; range?: string } = {},
): TextsUnderTest {
  const { compiler, source } = documentWith(dialect, schema, named);
  const media: MediaType = {
    range,
    schema: source,
    itemSchema: null,
    encoding: new Map(),
    file: source.file,
    pointer: source.pointer,
  };
  const content = [media];
  const document = { resolveSchema: () => null };
  const operation = (): BodyTexts =>
    new BodyTexts(
      { parameters: [], requestBody: { content } } as unknown as Operation,
      { schemas: compiler, document } as unknown as ConstructorParameters<typeof BodyTexts>[1],
      true,
    );
  const texts = operation();
  const visited = (
    contentType: string,
    body: string | Uint8Array,
  ): readonly { readonly pointer: string; readonly text: string }[] => {
    const found: { readonly pointer: string; readonly text: string }[] = [];
    const exchange = {
      body: typeof body === 'string' ? bytesOf(body) : body,
      headers: { contentType },
    } as unknown as Exchange;
    texts.visit(exchange, (text, _uri, location) => {
      if (location.free?.() !== false) found.push({ pointer: ['', ...location.tokens()].join('/'), text });
    });
    return found;
  };
  const lookedAtIn: TextsUnderTest['lookedAtIn'] = (type, body) => visited(type, body).map(({ pointer }) => pointer);
  return {
    compiler,
    media,
    texts,
    operation,
    isValid: (value) => compiler.json(source, 'request', 'as-declared', BOUNDS)(bytesOf(JSON.stringify(value))).ok,
    lookedAt: (body) => lookedAtIn('application/json', JSON.stringify(body)),
    lookedAtIn,
    textsIn: (type, body) => visited(type, body).map(({ text }) => text),
  };
}
