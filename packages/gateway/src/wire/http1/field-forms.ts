import { Buffer } from 'node:buffer';
import { checkFieldLine, checkFieldValue } from '../field-line.ts';
import type { OutgoingBytes } from './outgoing-bytes.ts';

/** Kinds of heads that are kept at the same time: a service is asked, and answers, in few ways. */
const MAX_FORMS = 4;
const MAX_FIELDS = 32;
/** Longer values are seldom the same twice. */
const MAX_VALUE = 256;
/** A value that changed so often is one of its own in each head. */
const RESTLESS = 3;
/** Heads that are written line by line after a form was made: it costs as much as several of them. */
const REST = 16;
/** Values are credentials too, and pieces of heads: none is held for long behind the client that sent it. */
const FORGOTTEN_MS = 10_000;

/** Heads with the same names in the same order. */
interface Form {
  readonly names: readonly string[];
  /** What stands at each place in head after head; null for a blank, which each head fills with a value of its own. */
  readonly values: (string | null)[];
  /** How often the value at a place was another one than in the head before. */
  readonly changes: number[];
  /** What stands before each blank, and behind the last. */
  texts: readonly Uint8Array[];
}

/**
 * Writes the field lines of one kind of head. Most of them are the same in one head as in the one before it: those are looked at and put together once,
 * and then only compared, until all are forgotten a few seconds later. What is new is looked at every time (`checkFieldLine`), which throws.
 */
export class FieldForms {
  #forms: Form[] = [];
  #rest = 0;

  /** Adds `name: value` with its CRLF for each pair of `headers`. Where it throws, a part of them may have been added. */
  write(headers: readonly string[], out: OutgoingBytes): void {
    for (const form of this.#forms) if (isOf(form, headers)) return fill(form, headers, out);
    plainLines(headers, out);
    this.#rest -= 1;
    if (this.#rest < 0 && headers.length > 0 && headers.length <= 2 * MAX_FIELDS) this.#keep(headers);
  }

  #keep(headers: readonly string[]): void {
    this.#rest = REST;
    if (this.#forms.length === 0) setTimeout(() => (this.#forms = []), FORGOTTEN_MS).unref();
    const values = headers.filter((_, i) => i % 2 === 1).map((value) => (value.length > MAX_VALUE ? null : value));
    const form = { names: headers.filter((_, i) => i % 2 === 0), values, changes: values.map(() => 0), texts: [] };
    this.#forms = [form, ...this.#forms.slice(0, MAX_FORMS - 1)];
    print(form);
  }
}

function isOf({ names }: Form, headers: readonly string[]): boolean {
  if (headers.length !== 2 * names.length) return false;
  for (let place = 0; place < names.length; place++) if (headers[2 * place] !== names[place]) return false;
  return true;
}

function fill(form: Form, headers: readonly string[], out: OutgoingBytes): void {
  const { names, values, texts } = form;
  const begun = out.length;
  let blank = 0;
  for (let place = 0; place < values.length; place++) {
    const known = values[place];
    const value = headers[2 * place + 1] as string;
    if (known === null) {
      checkFieldValue(names[place] as string, value);
      out.addBytes(texts[blank] as Uint8Array);
      out.addText(value);
      blank += 1;
    } else if (known !== value) {
      out.rewind(begun);
      return correct(form, headers, out);
    }
  }
  out.addBytes(texts[blank] as Uint8Array);
}

/** Takes on the values that are new, and leaves blank what changes too often. */
function correct(form: Form, headers: readonly string[], out: OutgoingBytes): void {
  plainLines(headers, out);
  const { values, changes } = form;
  for (let place = 0; place < values.length; place++) {
    const value = headers[2 * place + 1] as string;
    if (values[place] === null || values[place] === value) continue;
    changes[place] = (changes[place] as number) + 1;
    values[place] = (changes[place] as number) > RESTLESS || value.length > MAX_VALUE ? null : value;
  }
  print(form);
}

/** Puts together what stands between the blanks, each in one piece: they are copied with every head. */
function print(form: Form): void {
  const texts = [''];
  for (const [place, name] of form.names.entries()) {
    const value = form.values[place] ?? null;
    texts[texts.length - 1] += `${name}: ${value ?? ''}`;
    if (value === null) texts.push('\r\n');
    else texts[texts.length - 1] += '\r\n';
  }
  form.texts = texts.map((text) => Buffer.from(text, 'latin1'));
}

function plainLines(headers: readonly string[], out: OutgoingBytes): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    checkFieldLine(name, value);
    out.addText(name);
    out.addText(': ');
    out.addText(value);
    out.addText('\r\n');
  }
}
