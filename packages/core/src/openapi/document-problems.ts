import type { ConfigurationProblem } from '../configuration-error.ts';
import type { DocumentCode } from './document-codes.ts';
import { DOCUMENT_BOUNDS } from './document-bounds.ts';
import type { DocumentPlace } from './model.ts';
import { locationsOf, offsetsOf, type SourceFile } from './source-file.ts';

/** A problem whose line nobody has asked for yet. */
export interface FoundProblem {
  readonly code: DocumentCode;
  readonly place: DocumentPlace;
  /** Where it stands in the text, where that is known without looking. */
  readonly offset: number | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Collects problems of one kind, up to a bound: a hostile document may have millions. */
export class ProblemList {
  readonly #found: FoundProblem[] = [];
  readonly #seen = new Set<string>();
  #more = 0;

  /** Adds a problem; the same code and message at the same place counts once. */
  add(
    code: DocumentCode,
    place: DocumentPlace,
    message: string,
    hint: string | null = null,
    offset: number | null = null,
  ): void {
    if (this.#found.length >= DOCUMENT_BOUNDS.maxProblems) {
      this.#more++;
      return;
    }
    const key = `${code}\n${place.file}\n${place.pointer}\n${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#found.push({ code, place: { file: place.file, pointer: place.pointer }, offset, message, hint });
  }

  get size(): number {
    return this.#found.length;
  }

  /** Finds the lines, one pass over each file, and puts the problems in the order of the text. */
  locate(sourceOf: (file: string) => Pick<SourceFile, 'format' | 'text'> | null): ConfigurationProblem[] {
    const byFile = Map.groupBy(this.#found, (problem) => problem.place.file);
    const located: ConfigurationProblem[] = [];
    for (const [file, problems] of byFile) {
      const source = sourceOf(file);
      located.push(
        ...(source === null
          ? problems.map((problem) => toProblem(problem, 0, 0))
          : locateInFile(file, source, problems)),
      );
    }
    const last = this.#found.at(-1);
    if (this.#more > 0 && last !== undefined) {
      const message = `${this.#more} more problems of this document are not shown`;
      located.push(
        toProblem(
          {
            code: 'DOCUMENT_PROBLEMS_OMITTED',
            place: { file: last.place.file, pointer: '' },
            offset: null,
            message,
            hint: null,
          },
          0,
          0,
        ),
      );
    }
    return located;
  }
}

function locateInFile(
  file: string,
  source: Pick<SourceFile, 'format' | 'text'>,
  problems: readonly FoundProblem[],
): ConfigurationProblem[] {
  const unknown = problems.filter((problem) => problem.offset === null);
  const found =
    unknown.length === 0
      ? []
      : offsetsOf(
          source,
          unknown.map((problem) => problem.place.pointer),
        );
  const offsetOf = new Map(unknown.map((problem, index) => [problem, found[index] ?? 0]));
  const locations = locationsOf(
    file,
    source.text,
    problems.map((problem) => problem.offset ?? offsetOf.get(problem) ?? 0),
  );
  return problems
    .map((problem, index) => toProblem(problem, locations[index]?.line ?? 0, locations[index]?.column ?? 0))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function toProblem(problem: FoundProblem, line: number, column: number): ConfigurationProblem {
  return {
    code: problem.code,
    file: problem.place.file,
    line,
    column,
    path: problem.place.pointer,
    message: problem.message,
    hint: problem.hint,
  };
}
