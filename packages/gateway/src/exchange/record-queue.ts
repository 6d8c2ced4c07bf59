import type { AccessRecord } from '@sallyport/core';
import { afterThisTurn } from '../wire/turn.ts';
import { traceOf } from './fault-trace.ts';

/** Keeps the records of a turn of the event loop until its replies have gone out, so that none waits for logs and metrics. */
export interface RecordQueue {
  /** `look` is called before the record is handed on, and may add to its findings; a fault of it goes on record. */
  push(record: AccessRecord, look: (() => void) | null): void;
  /** Hands on what is kept; at the end of the process too. */
  flush(): void;
}

/** Makes a queue before `record`. */
export function createRecordQueue(record: (record: AccessRecord) => void): RecordQueue {
  let records: AccessRecord[] = [];
  let looks: ((() => void) | null)[] = [];
  const flush = (): void => {
    const kept = records;
    const looking = looks;
    records = [];
    looks = [];
    for (let i = 0; i < kept.length; i++) record(looked(kept[i] as AccessRecord, looking[i] ?? null));
  };
  return {
    push(each, look) {
      if (records.length === 0) afterThisTurn(flush);
      records.push(each);
      looks.push(look);
    },
    flush,
  };
}

function looked(record: AccessRecord, look: (() => void) | null): AccessRecord {
  try {
    look?.();
    return record;
  } catch (error) {
    return { ...record, fault: traceOf(error) };
  }
}
