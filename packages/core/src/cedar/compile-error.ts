/** A policy that is well-formed Cedar and that the compiler cannot take. The message says why, for a person. */
export class PolicyCompileError extends Error {
  override readonly name = 'PolicyCompileError';
}
