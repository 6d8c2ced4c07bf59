import { EditableJson } from '../json/editable-json.ts';
import type { AnswerHead } from './stage.ts';
import { parseMediaType } from './validation/media-type.ts';
import { bodyFormat } from './validation/body-format.ts';

/** The upstream's answer, whole: its head was decided over and its body accepted by its schema. Stages that edit it share one tree. */
export class UpstreamAnswer {
  readonly status: number;
  /** Names and values in turn, as they go out; no Content-Length. */
  readonly headers: string[];
  /** Empty where there is none: an answer to HEAD, 204, 304. */
  #bytes: Uint8Array;
  /** JSON Pointers of what stages took out, for the record. */
  readonly dropped: string[] = [];
  #json: EditableJson | null | undefined = undefined;

  constructor(status: number, headers: string[], bytes: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  get head(): AnswerHead {
    return { contentType: this.header('content-type'), length: this.#bytes.length, collected: true };
  }

  /** The value of a header of which one must stand there; null where none or several do. */
  header(lowerName: string): string | null {
    let found: string | null = null;
    for (let i = 0; i + 1 < this.headers.length; i += 2) {
      if ((this.headers[i] as string).toLowerCase() !== lowerName) continue;
      if (found !== null) return null;
      found = this.headers[i + 1] as string;
    }
    return found;
  }

  /** The body as a tree to read and edit; null where it is empty, not declared to be JSON by its one Content-Type, or no strict JSON. */
  get json(): EditableJson | null {
    if (this.#json === undefined) {
      const type = parseMediaType(this.header('content-type') ?? '');
      this.#json = type !== null && bodyFormat(type) === 'json' ? EditableJson.parse(this.#bytes) : null;
    }
    return this.#json;
  }

  /** Puts other bytes in the body's place: for bodies that are no JSON, which share no tree. */
  replaceBytes(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#json = undefined;
  }

  /** Has the next stage read what the last one wrote: a text that was put there is looked at like any other. */
  applyEdits(): void {
    if (this.#json?.edited === true) this.replaceBytes(this.#json.bytes());
  }

  /** What goes out: the bytes as they came where nothing was edited. */
  bytes(): Uint8Array {
    return this.#json?.bytes() ?? this.#bytes;
  }
}
