/** What becomes of what detectors find: nothing is looked for, it is recorded, masked as well, or the answer is refused. */
export const FINDING_ACTIONS = ['off', 'report', 'mask', 'block'] as const;
/** One of these. */
export type FindingAction = (typeof FINDING_ACTIONS)[number];
