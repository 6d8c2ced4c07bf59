import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ATTACKS } from '../attacks.ts';
import type { Attack, Outcome, Target } from './attack.ts';
import type { Door, OpenDoor } from '../door.ts';
import type { RunningBank } from '../api.ts';
import { isControl } from './attack.ts';
import { startBank } from '../api.ts';
import { makeBankKeys } from '../bank-keys.ts';
import { ALICE, BOB, CAROL, MALLORY } from '../bank/state.ts';
import { CUSTOMER_SCOPE, STAFF_SCOPE } from '../bank/tokens.ts';
import { DEMO_PARTNER_KEY, DOCUMENT, policyText } from '../policy-text.ts';

/** What became of one attack: for a control, `passed` or `broken`. */
export type Verdict = 'got through' | 'refused' | 'contained' | 'passed' | 'broken';

export interface Row {
  readonly id: string;
  readonly risk: string;
  readonly title: string;
  readonly bare: { readonly verdict: Verdict; readonly outcome: Outcome };
  /** Null where no door was asked for. */
  readonly door: { readonly verdict: Verdict; readonly stage: string | null; readonly outcome: Outcome } | null;
  readonly expected: Attack['expected'];
  /** Whether bare and door turned out as expected. `refused` and `contained` both count where one of them was expected. */
  readonly asExpected: boolean;
}

/** Runs everything against a fresh bank, and again through a door in front of another one. Null for `openDoor`: the bare bank only. */
export async function compare(
  openDoor: OpenDoor | null,
  attacks: readonly Attack[] = ATTACKS,
): Promise<readonly Row[]> {
  const bare = await runAll(null, attacks);
  const guarded = openDoor === null ? null : await runAll(openDoor, attacks);
  return attacks.map((attack, at) =>
    toRow(attack, bare[at] ?? MISSING, guarded === null ? null : (guarded[at] ?? MISSING)),
  );
}

const MISSING: Outcome = { status: 0, gotThrough: false, code: null, note: 'did not run' };

async function runAll(openDoor: OpenDoor | null, attacks: readonly Attack[]): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'harbour-'));
  const bank = await startBank(0, openDoor === null ? undefined : makeBankKeys(folder));
  let door: Door | null = null;
  try {
    if (openDoor !== null) {
      door = await openDoor({
        upstream: bank.url,
        document: DOCUMENT,
        // No browser logs in here.
        policy: await policyText({
          bankUrl: bank.url,
          providerUrl: bank.url,
          storePath: join(folder, 'sessions.db'),
          keyFolder: folder,
          doorPort: 0,
          adminPort: null,
        }),
      });
    }
    const target = await aim(bank, door?.url ?? bank.url);
    const outcomes: Outcome[] = [];
    for (const attack of attacks) {
      bank.bank.reset();
      outcomes.push(await attack.run(target));
    }
    return outcomes;
  } finally {
    await door?.close();
    await bank.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A target with tokens of every customer, as the bank itself would issue them. */
export async function aim(bank: RunningBank, baseUrl: string): Promise<Target> {
  const { tokens } = bank.bank;
  const [alice, bob, mallory, carol] = await Promise.all([
    ...[ALICE, BOB, MALLORY].map((subject) => tokens.issue(bank.url, subject, CUSTOMER_SCOPE)),
    tokens.issue(bank.url, CAROL, STAFF_SCOPE),
  ]);
  return {
    baseUrl,
    bank,
    tokens: { alice: alice ?? '', bob: bob ?? '', mallory: mallory ?? '', carol: carol ?? '' },
    partnerKey: DEMO_PARTNER_KEY,
  };
}

function toRow(attack: Attack, bare: Outcome, door: Outcome | null): Row {
  const bareVerdict = verdictOf(attack, bare);
  const doorVerdict = door === null ? null : verdictOf(attack, door);
  const { id, risk, title, expected } = attack;
  return {
    id,
    risk,
    title,
    bare: { verdict: bareVerdict, outcome: bare },
    door:
      door === null || doorVerdict === null ? null : { verdict: doorVerdict, stage: stageOf(door.code), outcome: door },
    expected,
    asExpected:
      (bareVerdict === 'passed' || bareVerdict === 'got through') &&
      (door === null || doorVerdict === null || (holds(expected, doorVerdict) && !isFault(door.code))),
  };
}

function holds(expected: Attack['expected'], verdict: Verdict): boolean {
  if (expected === 'passes') return verdict === 'passed';
  return verdict !== 'got through';
}

/** A door that breaks lets nothing through either; that is no refusal to be proud of. */
function isFault(code: string | null): boolean {
  return code === 'INTERNAL_FAULT' || code === 'OPERATION_UNUSABLE' || (code?.startsWith('UPSTREAM_') ?? false);
}

function verdictOf(attack: Attack, { gotThrough, status, code }: Outcome): Verdict {
  if (isControl(attack)) return gotThrough ? 'passed' : 'broken';
  if (gotThrough) return 'got through';
  // A closed connection and a plain 400 are how bytes are refused that are not HTTP; there is no problem body then.
  return code !== null || status === 0 || status === 400 ? 'refused' : 'contained';
}

const STAGES: readonly (readonly [RegExp, string])[] = [
  [/^(PATH|METHOD)_UNKNOWN$/, 'match'],
  [/^(HTTP|PATH|METHOD)_/, 'head'],
  [/^OPERATION_/, 'lifecycle'],
  [/^AUTHN_/, 'authentication'],
  [/^LIMIT_/, 'limits'],
  [/^AUTHZ_/, 'authorization'],
  [/^PARAMETERS_/, 'parameters'],
  [/^THREAT_/, 'threats'],
  [/^BODY_/, 'body'],
  [/^(?:OWNERSHIP|OBJECT)_/, 'ownership'],
  [/^PROPERTY_/, 'properties'],
  [/^TEXT_/, 'sanitise'],
  [/^DATA_/, 'data'],
  [/^UPSTREAM_/, 'upstream'],
  [/^INTERNAL_/, 'fault'],
  [/^RESPONSE_/, 'response'],
];

/** The stage that a code belongs to; null for no code, or one that is not known here. */
export function stageOf(code: string | null): string | null {
  return code === null ? null : (STAGES.find(([pattern]) => pattern.test(code))?.[1] ?? null);
}
