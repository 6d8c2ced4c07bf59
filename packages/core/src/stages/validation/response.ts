/** The response side of validation: what may go out, compiled by operation and decided by answer. */
export { compileResponse, compileUnguardedResponse, type ResponseRule } from './compile-response.ts';
export {
  decideResponseHead,
  type ResponseBytes,
  type ResponseDecision,
  type ResponseStream,
} from './decide-response.ts';
