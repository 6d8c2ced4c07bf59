/** For properties whose runs are dear: a busy machine does as many as fit into the time of a test, instead of failing for the time alone. */
export const WITHIN_A_TEST = { interruptAfterTimeLimit: 20_000 } as const;
