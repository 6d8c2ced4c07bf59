import { checkUrl } from '../check-url.ts';
import type { EncryptPolicy, HeldKeys, WrappingPolicy } from '../encrypt-policy.ts';
import type { Selectors } from '../data-selectors.ts';
import { normalizeIndexes } from './normalize-indexes.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { PolicySource } from '../policy-statements.ts';
import type { encryptShape } from '../schema/schema-encrypt.ts';
import type { Read } from '../shape.ts';

const CLASS = 'class:';
const PATH = 'path.';

/** Turns `data.encrypt` into the canonical form; `select` sorts what names fields. */
export function normalizeEncrypt(
  authored: Read<typeof encryptShape>,
  source: PolicySource,
  select: (fields: readonly string[]) => Selectors,
  hasVault: boolean,
  problems: PolicyProblems,
): EncryptPolicy {
  return {
    fields: select(authored.fields.filter((field) => !field.startsWith(CLASS))),
    classes: new Set(
      authored.fields.filter((field) => field.startsWith(CLASS)).map((field) => field.slice(CLASS.length)),
    ),
    keys: { file: authored.keys.file, wrapping: normalizeWrapping(authored.keys, hasVault, problems) },
    record: authored.record.map((text, index) => {
      const place = source.place(`/data/encrypt/record/${index}`);
      return text.startsWith(PATH)
        ? { in: 'path', name: text.slice(PATH.length), place }
        : { in: 'body', name: text, place };
    }),
    legacy: authored.legacy,
    elsewhere: authored.elsewhere,
    indexes: normalizeIndexes(authored.indexes, problems),
    indexKeys: authored.indexKeys,
  };
}

const KEYS = '/data/encrypt/keys';
const MAX_CONTEXT = 20;

function normalizeWrapping(
  { master, vault, awsKms }: Read<typeof encryptShape>['keys'],
  hasVault: boolean,
  problems: PolicyProblems,
): WrappingPolicy {
  const all: WrappingPolicy[] = [];
  if (master !== undefined) all.push({ kind: 'master', master });
  if (vault !== undefined) all.push({ kind: 'vault', mount: vault.mount, key: vault.key, held: heldKeys(vault) });
  if (awsKms !== undefined) {
    const { key, region, endpoint = null, context } = awsKms;
    if (endpoint !== null) checkUrl(endpoint, { plain: 'loopback', query: false }, `${KEYS}/awsKms/endpoint`, problems);
    if (context.size > MAX_CONTEXT)
      problems.add('POLICY_RANGE', `${KEYS}/awsKms/context`, `expected at most ${MAX_CONTEXT} names`, null);
    all.push({ kind: 'aws-kms', key, region, endpoint, context, held: heldKeys(awsKms) });
  }
  const [wrapping] = all;
  if ((wrapping === undefined || all.length > 1) && !problems.touches(KEYS))
    problems.add(
      wrapping === undefined ? 'POLICY_REQUIRED' : 'POLICY_CONTRADICTION',
      KEYS,
      wrapping === undefined
        ? 'nothing says what the data keys are wrapped under'
        : 'there is more than one key that the data keys are wrapped under',
      'Write one of master, vault and awsKms.',
      'key',
    );
  if (vault !== undefined && !hasVault && !problems.touches('/vault'))
    problems.add(
      'POLICY_REQUIRED',
      `${KEYS}/vault`,
      'nothing says where Vault is',
      'Write vault: { address: https://vault.example.com:8200, kubernetes: { role: sallyport } } at the top.',
      'key',
    );
  return wrapping ?? { kind: 'master', master: '' };
}

function heldKeys({
  renew,
  keep,
  uses,
}: {
  readonly renew: number;
  readonly keep: number;
  readonly uses: number;
}): HeldKeys {
  return { renewMs: renew, keepMs: keep, uses };
}
