import type { Answer } from './send.ts';
import type { RunningBank } from '../api.ts';

/** What an attack is aimed at: the bare bank, or a door in front of it. */
export interface Target {
  /** Where the requests go, without a path. */
  readonly baseUrl: string;
  /** The bank itself, to see what an attack has really done. Attacks read its state and never change it, save to play a supplier. */
  readonly bank: RunningBank;
  readonly tokens: { readonly alice: string; readonly bob: string; readonly carol: string; readonly mallory: string };
  readonly partnerKey: string;
}

/** What became of it. `gotThrough` is told by the effect (a secret in the answer, a changed balance), never by the status alone. */
export interface Outcome {
  /** Of the last answer; 0 where the connection was closed without one. */
  readonly status: number;
  readonly gotThrough: boolean;
  /** The `code` of the first problem (RFC 9457) among the answers. */
  readonly code: string | null;
  readonly note: string;
}

/** What the present stages should make of it: `contained` is answered, with the harm taken out; `passes` is for the controls. */
export type Expectation = 'refused' | 'contained' | 'passes';

/** One attack, or (id `ok-…`) a harmless request that has to pass with its proper answer. */
export interface Attack {
  readonly id: string;
  /** `API1:2023` and so on; `control` for a harmless request. */
  readonly risk: string;
  readonly title: string;
  readonly expected: Expectation;
  run(target: Target): Promise<Outcome>;
}

type Run = (target: Target) => Promise<Outcome>;

export function defineAttack(
  risk: number,
  id: string,
  expected: 'refused' | 'contained',
  title: string,
  run: Run,
): Attack {
  return { id, risk: `API${risk}:2023`, title, expected, run };
}

/** A harmless request. `holds` looks at the answer; a 2xx without the right content does not pass. */
export function defineControl(
  id: string,
  title: string,
  send: (target: Target) => Promise<Answer>,
  holds: (answer: Answer) => boolean,
): Attack {
  return {
    id: `ok-${id}`,
    risk: 'control',
    title,
    expected: 'passes',
    run: async (target) => {
      const answer = await send(target);
      return outcome(answer, answer.status >= 200 && answer.status < 300 && holds(answer), 'answered as it should be');
    },
  };
}

export function isControl(attack: Attack): boolean {
  return attack.risk === 'control';
}

/** `note` says what the attacker has won; it is kept only where it got through. */
export function outcome(answers: Answer | readonly Answer[], gotThrough: boolean, note: string): Outcome {
  const all = 'status' in answers ? [answers] : answers;
  const code = all.map((answer) => answer.code).find((found) => found !== null) ?? null;
  return { status: all.at(-1)?.status ?? 0, gotThrough, code, note: gotThrough ? note : '' };
}
