import { foldCase } from '../../../json/fold-case.ts';
import type { Operation } from '../../../openapi/model.ts';
import type { PlannedOpening } from '../../../plan/plan.ts';
import type { SealedPlace } from '../../../ports.ts';
import { deny, type Denial } from '../../../verdict/denial.ts';
import { bodyFormat, isUncompressed } from '../../validation/body-format.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import { inTurns } from '../../in-turns.ts';
import type { CompileContext } from '../../stage.ts';
import type { UpstreamAnswer } from '../../upstream-answer.ts';
import { dataIndex } from '../data-index.ts';
import { listMarked } from '../marked-nodes.ts';
import type { MarkedValue, ReadBody } from '../marked-value.ts';
import { ENCRYPTED } from '../marks.ts';
import { readBody } from '../read-body.ts';
import { isFile, isFileType } from './file-types.ts';
import { indexPlace, reportUnconfigured } from './encrypt-fields.ts';
import { placeOf, recordLookup } from './field-place.ts';
import { isIndex } from './index-form.ts';
import { isSealed } from './sealed-form.ts';
import { sealedTexts } from './sealed-texts.ts';
import { isOpaque } from './undeclared-body.ts';

interface SealedSite {
  readonly value: MarkedValue;
  readonly text: string;
  readonly at: SealedPlace;
}

const MAX_LINES = 50;
/** Fields that are opened before others have their turn: some milliseconds. */
const PIECE = 256;
const CODES = {
  malformed: 'ENCRYPTED_VALUE_INVALID',
  'not-authentic': 'ENCRYPTED_VALUE_INVALID',
  'key-unknown': 'ENCRYPTED_KEY_UNKNOWN',
  'key-unavailable': 'ENCRYPTED_KEY_UNAVAILABLE',
} as const;

/**
 * Opens the encrypted fields of an operation's answers. What does not open, was moved, or is there in clear where `legacy` does not allow it,
 * denies the answer; so does a sealed value in a place where none belongs. Null where nothing of its answers is encrypted.
 */
export function compileOpening(operation: Operation, context: CompileContext): PlannedOpening | null {
  const places = dataIndex(context).responses(operation, ENCRYPTED);
  if (places === null) return null;
  const encrypt = context.policy.data?.encrypt ?? null;
  if (encrypt === null) {
    reportUnconfigured(context);
    return null;
  }
  const { legacy } = encrypt;
  const bound = encrypt.record.length > 0;
  const lookup = recordLookup(encrypt.record, operation);
  const indexes = indexPlace(encrypt.indexes);
  const indexNames = new Set([...encrypt.indexes.values()].map(({ property }) => foldCase(property)));
  const refuse = (code: Parameters<typeof deny>[0], pointer: string, reason: string): Denial =>
    deny(code, 'data', { rule: operation.id, facts: { pointer, reason } });
  const refuseSealed = (...body: Parameters<typeof sealedTexts>): Denial | null => {
    const [pointer] = sealedTexts(...body);
    return pointer === undefined
      ? null
      : refuse('ENCRYPTED_VALUE_INVALID', pointer, 'in a place that is not encrypted');
  };
  const afterOpening = (body: ReadBody, answer: UpstreamAnswer): Denial | null => {
    // Which records have the same value is nothing to clients.
    body.visit(indexes, (value) => {
      const text = value.text();
      if (value.raw() === 'null' || (text !== null && (text === '' || isIndex(text)))) value.remove();
      return false;
    });
    const bytes = body.bytes();
    // A sealed value that was moved where nothing is opened must not go out as if it were clear.
    const moved = refuseSealed(bytes, answer.header('content-type'), () => answer.json);
    if (moved !== null) return moved;
    if (answer.json === null) answer.replaceBytes(bytes);
    return null;
  };

  return {
    wants(status, contentType) {
      const type = parseMediaType(contentType ?? '');
      const bodies = places.of(status);
      const place = bodies?.select(type) ?? null;
      if (bodies === null || type === null) return bodies !== null;
      if (bodyFormat(type) === 'event-stream' && !places.isDeclared) return false;
      // Parts of a file, and files of whatever application: nobody could open anything in them.
      if (type.essence === 'multipart/byteranges' || (isOpaque(type) && (place?.marks ?? null) === null)) return false;
      // A text of a status that is opened as JSON is collected with it, for those who look for strays.
      return place === null ? !isFileType(type) && bodyFormat(type) !== 'event-stream' : !isFile(type, place);
    },
    open(answer, exchange, { fieldCipher, nextTurn }) {
      const contentType = answer.header('content-type');
      const type = parseMediaType(contentType ?? '');
      const place = places.of(answer.status)?.select(type) ?? null;
      if (place === null || answer.isEmpty) return null;
      const body = type === null ? null : readBody(answer.bytes(), type, () => answer.json);
      if (body === null) {
        // Where a name alone could be in it, it is no more than any answer that is not looked into; compressed, it could be JSON that is.
        const isKnown = type !== null && !places.isDeclared && isUncompressed(answer.header('content-encoding'));
        if (!isKnown) return deny('ENCRYPTED_ANSWER_UNREADABLE', 'data', { rule: operation.id });
        return refuseSealed(answer.bytes(), contentType, () => answer.json);
      }
      let denial: Denial | null = null;
      const openAt = ({ value, text, at }: SealedSite): void => {
        if (denial !== null) return;
        if (fieldCipher === undefined) throw new Error('nothing to decrypt with');
        const opened = fieldCipher.open(text, at);
        if (!opened.ok) denial = refuse(CODES[opened.reason], value.pointer, opened.reason);
        else value.replaceRaw(opened.text);
      };
      const sites: SealedSite[] = [];
      const seen = new Set<string>();
      body.visit(place, (value) => {
        if (denial !== null) return false;
        if (!value.marks.encrypted) return true;
        // A field named by a * may take its index for one of its own.
        if (encrypt.indexes.size > 0 && indexNames.has(foldCase(value.member))) return false;
        const { pointer } = value;
        const text = value.text();
        if (text === null || !isSealed(text)) {
          const raw = value.raw();
          if (raw === 'null') return false;
          if (legacy === 'block' || raw === null) denial = refuse('ENCRYPTED_VALUE_MISSING', pointer, 'in clear');
          return true;
        }
        const at = placeOf(value, bound, lookup, exchange);
        if (at === null) {
          denial = refuse('ENCRYPTED_VALUE_INVALID', pointer, 'record unknown');
          return false;
        }
        if (!body.keeps) openAt({ value, text, at });
        // A text of a stream may be marked by its own schema and by that of all.
        else if (!seen.has(pointer)) sites.push({ value, text, at });
        seen.add(pointer);
        return false;
      });
      if (denial !== null) return denial;
      const finish = (): Denial | null => denial ?? afterOpening(body, answer);
      const working = inTurns(sites, PIECE, openAt, nextTurn, exchange);
      return working === undefined ? finish() : working.then(finish);
    },
    describe: () =>
      [...places.stated].flatMap(([status, one]) =>
        listMarked(one?.all ?? null, MAX_LINES)
          .filter(({ marks }) => marks.encrypted)
          .map(
            ({ pointer }) =>
              `${status === 'DEFAULT' ? 'default' : status}: ${pointer === '' ? 'the body' : pointer} decrypted`,
          ),
      ),
  };
}
