import type { MarkedPlace } from './marked-nodes.ts';
import type { Marks } from './marks.ts';
import type { StepBudget } from './step-budget.ts';

/** A value of a body that is marked, whatever format the body has. */
export interface MarkedValue {
  readonly marks: Marks;
  /** JSON Pointer into the body; of a stream, the index of the item comes first. Made when asked for. */
  readonly pointer: string;
  /** True of a text in which its name stands in what may be a list of names and values: the whole text is taken for it. Absent: false. */
  readonly isGuessed?: boolean;
  /** Its text where it is one, as it came; null for anything else. */
  text(): string | null;
  /** Its JSON text, byte for byte; of what is no JSON, that of its text. Null where it is no text. */
  raw(): string | null;
  /** Puts the value of a JSON text in its place. */
  replaceRaw(text: string): void;
  /** The name of the member that it is, or that it stands in; `''` where there is none. */
  readonly member: string;
  /** The text of a scalar member of the nearest object around it that has one of this name; null where there is none. */
  beside(name: string): string | null;
  /** True where a member can be put beside it: it is a member of an object, or a field of a form with a name of its own. */
  hasRoomBeside(): boolean;
  /** Puts a text or null into the member of this name beside it. Only where there is room. */
  setBeside(name: string, text: string | null): void;
  /** Takes it out; false where nothing can be taken out: the whole of a body. */
  remove(): boolean;
  /** Puts a text in its place. */
  replace(text: string): void;
  /** The texts at and below it, names of members aside. */
  leaves(): Iterable<MarkedValue>;
}

/** True goes on below the value. */
export type ValueVisitor = (value: MarkedValue) => boolean;

/** A body in which properties can be told apart, to look at and to edit. */
export interface ReadBody {
  /** Visits what is marked, in the order of the body. */
  visit(place: MarkedPlace | null, visit: ValueVisitor): void;
  /** True where something marked could stand in it that `visit` does not find: what must not go on unseen is refused then. */
  isDoubtful(place: MarkedPlace, steps: StepBudget): boolean;
  /** Of a place in which names are marked wherever they stand: true where a reader could find one that `visit` does not. */
  mayName(place: MarkedPlace, steps: StepBudget): boolean;
  /** Values may be changed behind the visit: of JSON, where each stands by itself. A field of a form may hold several, and is put together with the last. */
  readonly keeps: boolean;
  /** The body with its edits: the same bytes where there are none. */
  bytes(): Uint8Array;
}
