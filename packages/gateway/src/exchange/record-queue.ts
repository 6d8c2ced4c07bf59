import type { AccessRecord } from '@sallyport/core';
import { afterThisTurn } from '../wire/turn.ts';

/** Keeps the records of a turn of the event loop until its replies have gone out, so that none waits for logs and metrics. */
export interface RecordQueue {
  push(record: AccessRecord): void;
  /** Hands on what is kept; at the end of the process too. */
  flush(): void;
}

/** Makes a queue before `record`. */
export function createRecordQueue(record: (record: AccessRecord) => void): RecordQueue {
  let kept: AccessRecord[] = [];
  const flush = (): void => {
    const records = kept;
    kept = [];
    for (const each of records) record(each);
  };
  return {
    push(each) {
      if (kept.length === 0) afterThisTurn(flush);
      kept.push(each);
    },
    flush,
  };
}
