import type { Exchange } from '../../../exchange.ts';
import { NO_DATA_POLICY } from '../../../policy/data-policy.ts';
import type { FieldCipherPort } from '../../../ports.ts';
import { deny, type FieldError } from '../../../verdict/denial.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { CompileContext, DataStage } from '../../stage.ts';
import type { BodyPlaces } from '../body-places.ts';
import { dataIndex } from '../data-index.ts';
import { listMarked, type MarkedPlace } from '../marked-nodes.ts';
import type { ReadBody } from '../marked-value.ts';
import { ENCRYPTED } from '../marks.ts';
import { readBody } from '../read-body.ts';
import { placeOf, type RecordLookup, recordLookup } from './field-place.ts';
import { holdsSealed, isSealed } from './sealed-form.ts';
import { sealedTexts } from './sealed-texts.ts';

/** Which fields of an operation's request bodies are encrypted. */
export interface EncryptRule {
  readonly id: string;
  readonly places: BodyPlaces;
  /** Sealed values are bound to a record, not to their field's name alone. */
  readonly bound: boolean;
  readonly record: RecordLookup;
}

const MAX_ERRORS = 20;
const MAX_LINES = 50;
const CIPHERS = new WeakMap<Exchange, FieldCipherPort>();

/**
 * Encrypts the marked fields of a body on its way upstream (`x-sallyport-encrypt`, `data.encrypt`). A null stays one. A body that holds a
 * sealed value already, whose fields cannot be told apart, or of which nothing says which record it is, is denied: nothing goes on in clear.
 */
export const encryptFields: DataStage<EncryptRule> = {
  name: 'data',
  compile(operation, context) {
    const places = dataIndex(context).request(operation, ENCRYPTED);
    if (places === null) return null;
    const encrypt = context.policy.data?.encrypt ?? null;
    if (encrypt === null) {
      reportUnconfigured(context);
      return null;
    }
    return {
      id: operation.id,
      places,
      bound: encrypt.record.length > 0,
      record: recordLookup(encrypt.record, operation),
    };
  },
  readsBody: () => true,
  gather(_rule, exchange, { fieldCipher }) {
    if (fieldCipher !== undefined) CIPHERS.set(exchange, fieldCipher);
    return undefined;
  },
  decide(rule, exchange) {
    const { body } = exchange;
    if (body === null || body.length === 0) return null;
    const refused = sealedTexts(body, exchange.headers.contentType, () => exchange.json, holdsSealed);
    if (refused.length > 0)
      return deny('ENCRYPTED_VALUE_SENT', 'data', {
        rule: rule.id,
        errors: errorsAt(refused, 'encrypted', 'must not hold an encrypted value'),
      });
    const found = read(rule, exchange, body);
    if (found === null) return null;
    if (found.read === null) return deny('ENCRYPTED_BODY_UNREADABLE', 'data', { rule: rule.id });
    let readable = true;
    const lost: string[] = [];
    found.read.visit(found.place, (value) => {
      if (!value.marks.encrypted) return true;
      const raw = value.raw();
      if (raw === null) readable = false;
      else if (raw !== 'null' && placeOf(value, rule.bound, rule.record, exchange) === null) lost.push(value.pointer);
      return false;
    });
    if (!readable) return deny('ENCRYPTED_BODY_UNREADABLE', 'data', { rule: rule.id });
    return lost.length === 0
      ? null
      : deny('ENCRYPTED_RECORD_UNKNOWN', 'data', {
          rule: rule.id,
          errors: errorsAt(lost, 'record', 'can be taken only with the id of its record'),
        });
  },
  edit(rule, exchange) {
    const { body } = exchange;
    const found = body === null || body.length === 0 ? null : read(rule, exchange, body);
    if (found === null) return;
    const cipher = CIPHERS.get(exchange);
    if (cipher === undefined || found.read === null) throw new Error('nothing to encrypt with');
    found.read.visit(found.place, (value) => {
      if (!value.marks.encrypted) return true;
      const text = value.text();
      // A field of a form may be visited as its array and as an item of it.
      if (text !== null && isSealed(text)) return false;
      const raw = value.raw();
      if (raw === 'null') return false;
      const place = placeOf(value, rule.bound, rule.record, exchange);
      if (raw === null || place === null) throw new Error('a field that cannot be encrypted got this far');
      value.replace(cipher.seal(raw, place, exchange.nowMs));
      return false;
    });
    exchange.body = found.read.bytes();
  },
  describe(rule) {
    const bound = rule.bound ? 'its record' : 'its name';
    return listMarked(rule.places.all, MAX_LINES)
      .filter(({ marks }) => marks.encrypted)
      .map(({ pointer }) => `${pointer === '' ? 'the body' : pointer} encrypted, bound to ${bound}`);
  },
};

function read(
  rule: EncryptRule,
  exchange: Exchange,
  body: Uint8Array,
): { readonly read: ReadBody | null; readonly place: MarkedPlace } | null {
  const type = parseMediaType(exchange.headers.contentType ?? '');
  const place = rule.places.select(type);
  if (place === null) return null;
  return { read: type === null ? null : readBody(body, type, () => exchange.json), place };
}

function errorsAt(pointers: readonly string[], keyword: string, message: string): FieldError[] {
  return pointers
    .slice(0, MAX_ERRORS)
    .map((pointer) => ({ in: 'body', name: null, pointer, schema: null, keyword, message }));
}

const REPORTED = new WeakSet<CompileContext>();

/** A mark without keys would leave in clear what its author takes for encrypted. */
export function reportUnconfigured(context: CompileContext): void {
  if ((context.policy.data ?? NO_DATA_POLICY).encrypt || REPORTED.has(context)) return;
  REPORTED.add(context);
  context.problems.push({
    file: context.policy.file ?? context.document.file,
    line: 0,
    column: 0,
    code: 'DATA_ENCRYPT_KEYS',
    path: '/data/encrypt',
    message: 'the document marks fields with x-sallyport-encrypt, and there are no keys',
    hint: 'Write data: { encrypt: { keys: { file: data-keys.json, master: master.key } } }, or remove the marks.',
  });
}
