import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../packages/core/src/testing/corpora.ts';
import { scoreRequests, scoreTexts, scoreValues, type Half, type Score, type Scores } from './corpus-scores.ts';

/**
 * Floors of what is caught and ceilings of what is alarmed at by mistake, on both halves of each corpus: the half that the detectors were
 * written looking at, and the one they were not. In November 2026 the core rule set 4 at paranoia level 1 caught 48.6 % of the requests with
 * 9.2 % false alarms, 98.4 % with none of the values, and refused 9.3 % of the texts.
 */
const FLOORS = {
  requests: { seen: { caught: 0.9, alarms: 0.03 }, unseen: { caught: 0.9, alarms: 0.03 } },
  values: { seen: { caught: 0.99, alarms: 0 }, unseen: { caught: 0.99, alarms: 0 } },
  texts: { seen: { caught: 0, alarms: 0.01 }, unseen: { caught: 0, alarms: 0.02 } },
} as const;

function hold(
  scores: Scores,
  half: Half,
  { caught, alarms }: { readonly caught: number; readonly alarms: number },
): void {
  const share = ({ detected, total }: Score): number => detected / total;
  if (caught > 0) expect(share(scores.get('attacks')[half])).toBeGreaterThanOrEqual(caught);
  expect(share(scores.get('harmless')[half])).toBeLessThanOrEqual(alarms);
}

describe('threats on public corpora', () => {
  for (const [name, file, score] of [
    ['requests', 'gotestwaf-requests.jsonl', scoreRequests],
    ['values', 'parameter-payloads.jsonl', scoreValues],
    ['texts', 'benign-texts.jsonl', scoreTexts],
  ] as const) {
    const path = corpusPath(file);
    it.skipIf(path === null)(
      `${name}: catches at least and alarms at most what it did${path === null ? `; left out without ${file}` : ''}`,
      () => {
        const scores = score(path as string);
        hold(scores, 'seen', FLOORS[name].seen);
        hold(scores, 'unseen', FLOORS[name].unseen);
      },
    );
  }

  const requests = corpusPath('gotestwaf-requests.jsonl');
  it.skipIf(requests === null)('refuses no harmless request for how it is written either', () => {
    const { seen, unseen } = scoreRequests(requests as string).get('harmless');
    expect([seen.malformed, unseen.malformed]).toEqual([0, 0]);
  });
});
