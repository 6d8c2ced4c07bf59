import type { Exchange } from '../../../exchange.ts';
import { foldCase } from '../../../json/fold-case.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { NO_DATA_POLICY } from '../../../policy/data-policy.ts';
import type { Ports, SealedPlace } from '../../../ports.ts';
import { deny, type FieldError } from '../../../verdict/denial.ts';
import { inTurns } from '../../in-turns.ts';
import type { CompileContext, DataStage } from '../../stage.ts';
import type { BodyPlaces } from '../body-places.ts';
import { dataIndex } from '../data-index.ts';
import { lastName } from '../last-name.ts';
import { listMarked, type MarkedPlace } from '../marked-nodes.ts';
import type { MarkedValue } from '../marked-value.ts';
import { ENCRYPTED } from '../marks.ts';
import type { EncryptedSite } from './encrypted-site.ts';
import { type EncryptedValues, readEncryptedValues } from './encrypted-values.ts';
import { placeOf, type RecordLookup, recordLookup } from './field-place.ts';
import { canIndex, indexFor, indexOf, keepIndexPort } from './field-indexes.ts';
import { encryptedByName, membersByName } from '../members-by-name.ts';
import { compilePatchRule, type PatchRule } from './patch-rule.ts';
import { sealedTexts } from './sealed-texts.ts';
import { sentIndexes } from './sent-indexes.ts';
import { declaresMarkup, sendsMarkup } from './unchecked-markup.ts';

/** Which fields of an operation's request bodies are encrypted. */
export interface EncryptRule {
  readonly id: string;
  /** Null where nothing of its bodies is marked. */
  readonly places: BodyPlaces | null;
  /** Null where no patch of something encrypted comes this far. */
  readonly patches: PatchRule | null;
  /** Sealed values are bound to a record, not to their field's name alone. */
  readonly bound: boolean;
  readonly record: RecordLookup;
  /** By field, case folded. */
  readonly indexes: ReadonlyMap<string, FieldIndex>;
  /** Where an index would stand that a client sends; null where there are none. */
  readonly indexPlace: MarkedPlace | null;
  /** What no body may name that nothing declares and whose members are not told apart: what is encrypted, and indexes. Null where bodies are declared. */
  readonly unnamed: MarkedPlace | null;
  /** What XML and YAML may not name whose schema marks nothing. Null where neither is declared, or nothing is encrypted by its name. */
  readonly unchecked: MarkedPlace | null;
}

interface Site {
  readonly value: MarkedValue;
  readonly site: EncryptedSite;
}

interface Found {
  readonly body: Uint8Array;
  readonly values: EncryptedValues | null;
  /** Each of them, in order; null where they have to be visited again. */
  sites: readonly Site[] | null;
}

const MAX_ERRORS = 20;
const MAX_LINES = 50;
/** Fields that are sealed before others have their turn: some milliseconds. */
const PIECE = 256;
const ASKED = new WeakMap<Exchange, Pick<Ports, 'fieldCipher' | 'nextTurn'>>();
/** What `decide` found in a body, for `edit`. */
const FOUND = new WeakMap<Exchange, Found>();

/**
 * Encrypts the marked fields of a body on its way upstream (`x-sallyport-encrypt`, `data.encrypt`). A null stays one. A body that holds a
 * sealed value already, whose fields cannot be told apart, or of which nothing says which record it is, is denied: nothing goes on in clear.
 */
export const encryptFields: DataStage<EncryptRule> = {
  name: 'data',
  compile(operation, context) {
    const index = dataIndex(context);
    const places = index.request(operation, ENCRYPTED);
    const patches = compilePatchRule(operation, context);
    const encrypt = context.policy.data?.encrypt ?? null;
    if (encrypt === null) {
      if (places !== null) reportUnconfigured(context);
      return null;
    }
    const indexes = indexPlace(encrypt.indexes);
    const hasMarkup = declaresMarkup(operation.requestBody?.content ?? []);
    const unchecked = hasMarkup ? index.byName : null;
    if (places === null && patches === null && unchecked === null && (!hasMarkup || indexes === null)) return null;
    return {
      id: operation.id,
      places,
      patches,
      bound: encrypt.record.length > 0,
      record: recordLookup(encrypt.record, operation),
      indexes: encrypt.indexes,
      indexPlace: indexes,
      unnamed:
        places === null || places.isDeclared
          ? null
          : encryptedByName(new Set([...(places.all?.names ?? []), ...(indexes?.names ?? [])])),
      unchecked,
    };
  },
  readsBody: concerns,
  gather(_rule, exchange, ports) {
    keepIndexPort(exchange, ports.fieldIndex);
    ASKED.set(exchange, ports);
    return undefined;
  },
  decide(rule, exchange) {
    const { body } = exchange;
    if (body === null || body.length === 0 || !concerns(rule, exchange)) return null;
    const refused = sealedTexts(body, exchange.headers.contentType, () => exchange.json);
    if (refused.length > 0)
      return deny('ENCRYPTED_VALUE_SENT', 'data', {
        rule: rule.id,
        errors: errorsAt(refused, 'encrypted', 'must not hold an encrypted value'),
      });
    const found = readEncryptedValues(rule, exchange, body);
    if (found === 'unreadable') return deny('ENCRYPTED_BODY_UNREADABLE', 'data', { rule: rule.id });
    const decided: Found = { body, values: found, sites: null };
    FOUND.set(exchange, decided);
    const indexes = sentIndexes(rule.indexPlace, rule.unnamed === null, exchange, body);
    if (indexes === 'unreadable') return deny('ENCRYPTED_BODY_UNREADABLE', 'data', { rule: rule.id });
    if (indexes.length > 0)
      return deny('ENCRYPTED_VALUE_SENT', 'data', {
        rule: rule.id,
        errors: errorsAt(indexes, 'encrypted', 'is written by nobody but Sallyport'),
      });
    if (found === null) return null;
    if (found.refused.length > 0)
      return deny('ENCRYPTED_PATCH_REFUSED', 'data', {
        rule: rule.id,
        errors: errorsAt(found.refused, 'patch', 'cannot be done with an encrypted field'),
      });
    let readable = true;
    let seals = false;
    let indexed = false;
    const lost: string[] = [];
    const sites: Site[] = [];
    found.visit((value, site) => {
      if (found.keeps) sites.push({ value, site });
      const raw = value.raw();
      if (raw === null) readable = false;
      else if (raw !== 'null') {
        seals = true;
        if (placeIn(rule, value, site, exchange) === null) lost.push(value.pointer);
        if (site.hasRoom && indexFor(value, rule.indexes) !== null) indexed = true;
      }
    });
    if (!readable) return deny('ENCRYPTED_BODY_UNREADABLE', 'data', { rule: rule.id });
    if (lost.length > 0)
      return deny('ENCRYPTED_RECORD_UNKNOWN', 'data', {
        rule: rule.id,
        errors: errorsAt(lost, 'record', 'can be taken only with the id of its record'),
      });
    if (found.keeps) decided.sites = sites;
    const unavailable =
      ASKED.get(exchange)?.fieldCipher?.canSeal(exchange.nowMs) === false || (indexed && !canIndex(exchange));
    return seals && unavailable ? deny('ENCRYPTED_KEY_UNAVAILABLE', 'data', { rule: rule.id }) : null;
  },
  edit(rule, exchange) {
    const { body } = exchange;
    if (body === null || body.length === 0 || !concerns(rule, exchange)) return undefined;
    const decided = FOUND.get(exchange);
    const known = decided?.body === body ? decided : null;
    const found = known === null ? readEncryptedValues(rule, exchange, body) : known.values;
    if (found === null) return undefined;
    const { fieldCipher: cipher, nextTurn } = ASKED.get(exchange) ?? {};
    if (cipher === undefined || found === 'unreadable') throw new Error('nothing to encrypt with');
    // A field of a form may be visited as its array and as an item of it. Nothing else is taken for sealed, whatever it looks like.
    const sealed = new Set<string>();
    const seal = (value: MarkedValue, site: EncryptedSite): void => {
      const text = value.text();
      if (text !== null && sealed.has(text)) return;
      const raw = value.raw();
      const index = site.hasRoom ? indexFor(value, rule.indexes) : null;
      if (raw !== null && index !== null) site.setBeside(index.property, indexOf(raw, index, exchange));
      if (raw === 'null') return;
      const place = placeIn(rule, value, site, exchange);
      if (raw === null || place === null) throw new Error('a field that cannot be encrypted got this far');
      const made = cipher.seal(raw, place, exchange.nowMs);
      sealed.add(made);
      value.replace(made);
    };
    const finish = (): void => {
      exchange.body = found.bytes();
    };
    if (!found.keeps) {
      found.visit(seal);
      return finish();
    }
    const working = inTurns(
      known?.sites ?? sitesOf(found),
      PIECE,
      ({ value, site }) => seal(value, site),
      nextTurn,
      exchange,
    );
    return working === undefined ? finish() : working.then(finish);
  },
  describe(rule) {
    const bound = rule.bound ? 'its record' : 'its name';
    const lines = listMarked(rule.places?.all ?? null, MAX_LINES)
      .filter(({ marks }) => marks.encrypted)
      .map(({ pointer }) => {
        const index = rule.indexes.get(foldCase(lastName(pointer)));
        const beside = index === undefined ? '' : `, with its index in ${index.property}`;
        return `${pointer === '' ? 'the body' : pointer} encrypted, bound to ${bound}${beside}`;
      });
    if (rule.patches !== null)
      lines.push(
        'patches: what they set of encrypted fields is encrypted; testing, copying and moving them is refused',
      );
    if (rule.unchecked !== null || (rule.places === null && rule.patches === null))
      lines.push('XML and YAML that name an encrypted field or an index: refused');
    return lines;
  },
};

function sitesOf(values: EncryptedValues): Site[] {
  const sites: Site[] = [];
  values.visit((value, site) => void sites.push({ value, site }));
  return sites;
}

/** Where nothing of the operation is marked, no body but XML and YAML is looked into. */
function concerns({ places, patches }: EncryptRule, exchange: Exchange): boolean {
  return places !== null || patches !== null || sendsMarkup(exchange);
}

/** In an item of a list, a parameter of the path names the list's record and not the item's. */
function placeIn(
  rule: EncryptRule,
  value: MarkedValue,
  { inList }: EncryptedSite,
  exchange: Exchange,
): SealedPlace | null {
  return placeOf(value, rule.bound, inList ? rule.record.filter(({ member }) => member !== '') : rule.record, exchange);
}

/** The members that hold indexes, wherever they stand; null where there are none. */
export function indexPlace(indexes: ReadonlyMap<string, FieldIndex>): MarkedPlace | null {
  if (indexes.size === 0) return null;
  return membersByName(new Set([...indexes.values()].map(({ property }) => foldCase(property))));
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
