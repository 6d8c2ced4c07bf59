import type { EvaluationJournal } from './evaluation-journal.ts';
import type { ReportFailure } from './keyword-checks.ts';
import type { HiddenMark, NormalizedGraph, Schema, SchemaNode } from './normalized-graph.ts';
import type { LinearPattern } from './pattern/linear-pattern.ts';
import type { ValuePath } from './value-path.ts';

export interface EvaluateOptions {
  readonly graph: NormalizedGraph;
  readonly pattern: (source: string) => LinearPattern;
  /** Collect this many issues and stop; 0 only says whether the value is valid. */
  readonly maxIssues: number;
  /** Schemas applied to values before giving up. Default one million. */
  readonly maxSteps?: number;
  /** True: members that are hidden or closed out are marked to be dropped instead of making the value invalid. */
  readonly dropping: boolean;
}

/** One schema object on one value, as the checks of its keywords see it. */
export interface AppliedSchema {
  readonly schema: SchemaNode;
  readonly options: EvaluateOptions;
  readonly path: ValuePath;
  readonly hidden: ReadonlyMap<string, HiddenMark> | undefined;
  /** What has been said about the value so far. */
  readonly journal: EvaluationJournal;
  /** True when the answer is known and nobody collects issues. */
  readonly isDecided: boolean;
  /** True when nothing more can change the answer or what is told of it. */
  readonly isFull: boolean;
  /** A failure of one keyword, at the value itself unless another path is given; `suffix` is the keyword's place below the schema. */
  fail(keyword: string, message: string, path?: ValuePath, suffix?: string): void;
  /** The same, of a rule that stands at another place of the document. */
  failAt(place: string, keyword: string, message: string, path: ValuePath): void;
  readonly report: ReportFailure;
  /** The value holds only if this holds too. */
  apply(schema: Schema, value: unknown, path: ValuePath, suffix: string): void;
  /** Says whether a schema holds as the value is, or, with `dropping`, once members are dropped; nobody is told why it does not. */
  test(schema: Schema, value: unknown, path: ValuePath, dropping?: boolean): boolean;
}
