export { createProgram } from './program.ts';
export { renderProblems, reportFailure } from './report-failure.ts';
