import { normalForm } from '../../../json/normal-form.ts';
import type { FieldIndex, NormalForm } from '../../../policy/encrypt-policy.ts';

const INDEX = /^si1\.[0-9]{1,9}\.[A-Za-z0-9_-]{22}$/;

/** True of a text that an index was written as. */
export function isIndex(text: string): boolean {
  return INDEX.test(text);
}

/** As it is written; in wide letters, behind an escape, percent-encoded once more; behind a reference, or in pieces between tags, of XML; as base64 in YAML. */
const MAY_HOLD = /si1\.|[<\0\\%]|&#|&\w{1,32};|!!binary/i;

/** True of a text in which some reader could find an index, however it is written. */
export function mayHoldIndex(text: string): boolean {
  return MAY_HOLD.test(text);
}

const FORMS: Readonly<Record<NormalForm, (text: string) => string>> = {
  trim: (text) => text.trim(),
  'lower-case': (text) => text.toLowerCase(),
  nfc: (text) => normalForm(text, 'NFC'),
  nfkc: (text) => normalForm(text, 'NFKC'),
  digits: (text) => text.replaceAll(/[^0-9]/g, ''),
  'letters-and-digits': (text) => text.replaceAll(/[^\p{L}\p{N}]/gu, ''),
};

/** The text that stands for all that are looked up as the same; null where nothing is left of it, which is never found. */
export function normalizeForIndex(text: string, { normalize }: FieldIndex): string | null {
  let normal = text;
  for (const form of normalize) normal = FORMS[form](normal);
  return normal === '' ? null : normal;
}

/** The same of the JSON text of a value: texts and numbers can be looked up. */
export function indexedText(raw: string, index: FieldIndex): string | null {
  const value: unknown = /^["\d-]/.test(raw) ? JSON.parse(raw) : null;
  if (value === null) return null;
  return normalizeForIndex(typeof value === 'string' ? value : raw, index);
}
