/**
 * What a document may be at most. Real documents stay far below (the largest public ones have 47 MB, 40 levels, 3 million values);
 * what is above is an attack on the loader: an alias bomb, a bracket bomb, a reference that fans out over files.
 */
export const DOCUMENT_BOUNDS = {
  /** UTF-16 code units of one file. */
  maxTextLength: 64 * 1024 * 1024,
  /** Nesting of objects and arrays. */
  maxDepth: 200,
  /** Values of one file, those behind YAML aliases counted each time they are used. */
  maxValues: 10_000_000,
  /** Files of one document. */
  maxFiles: 1_000,
  /** UTF-16 code units of all files together. */
  maxTotalLength: 256 * 1024 * 1024,
  /** Errors, and warnings, that are kept; what is beyond is counted. */
  maxProblems: 1_000,
  /** References that lead through references: `#/a/b` where `a` is `$ref: '#/c/d'`, and `c` one again. */
  maxReferenceDepth: 100,
  /** Base paths that the variables of one server may expand to. */
  maxServerVariants: 4_096,
} as const;
