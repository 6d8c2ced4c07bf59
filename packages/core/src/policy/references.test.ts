import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReferenceReader, resolveReferences } from './references.ts';
import { ResolvedSecret } from './resolved-secret.ts';

const CANARY = 'canary-5f0c';
const READER: ReferenceReader = {
  environment: (name) => ({ HOST: 'api.internal', SECRET: CANARY, EMPTY: '', TRICK: '${env:SECRET}' })[name],
  readFile: (path, from) => {
    if (path === 'key.pem' && from === 'sallyport.yaml') return `${CANARY}\n`;
    if (path === 'empty') return '\r\n';
    throw Object.assign(new Error(CANARY), { code: 'EACCES' });
  },
  vaultSecret: (path, field) =>
    path === 'secret/door'
      ? { ok: true, text: field === 'empty' ? '' : CANARY }
      : { ok: false, message: 'permission denied' },
};
const resolve = (text: string, files = true) => resolveReferences(text, 'sallyport.yaml', READER, files);

describe('resolveReferences', () => {
  it('replaces references within text and keeps the rest', () => {
    expect(resolve('https://${env:HOST}/v1')).toEqual({ ok: true, text: 'https://api.internal/v1', resolved: true });
    expect(resolve('plain $ {text}')).toEqual({ ok: true, text: 'plain $ {text}', resolved: false });
  });

  it('reads a file relative to the policy and drops one line end', () => {
    expect(resolve('${file:key.pem}')).toEqual({ ok: true, text: CANARY, resolved: true });
  });

  it('takes a secret of Vault where a secret stands, and where nobody asked for it says so', () => {
    expect(resolve('${vault:secret/door#key}')).toEqual({ ok: true, text: CANARY, resolved: true });
    expect(resolve('${vault:secret/door#key}', false)).toMatchObject({ problem: { code: 'POLICY_REFERENCE_UNKNOWN' } });
    const { vaultSecret: _nobody, ...others } = READER;
    expect(resolveReferences('${vault:secret/door#key}', 'sallyport.yaml', others, true)).toMatchObject({
      problem: {
        code: 'POLICY_REFERENCE_UNRESOLVED',
        message: 'the secret secret/door cannot be had from Vault: the policy names none that could be asked',
        hint: expect.stringContaining('vault: { address: ') as string,
      },
    });
  });

  it('takes $${ for a literal ${', () => {
    expect(resolve('a$${env:SECRET}')).toEqual({ ok: true, text: 'a${env:SECRET}', resolved: false });
  });

  it('does not look again at what a reference gave', () => {
    expect(resolve('${env:TRICK}')).toEqual({ ok: true, text: '${env:SECRET}', resolved: true });
  });

  it.each([
    ['${env:NOT_SET}', 'POLICY_REFERENCE_UNRESOLVED'],
    ['${env:EMPTY}', 'POLICY_REFERENCE_UNRESOLVED'],
    ['${file:missing}', 'POLICY_REFERENCE_UNRESOLVED'],
    ['${file:empty}', 'POLICY_REFERENCE_UNRESOLVED'],
    ['${file:}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${env:}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${env:A B}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${SECRET}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${ENV:SECRET}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${env:SECRET', 'POLICY_REFERENCE_UNKNOWN'],
    ['${env:${env:SECRET}}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${vault:secret/key}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${vault:secret/../sys#key}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${vault:secret#key}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${vault:secret/a?b#key}', 'POLICY_REFERENCE_UNKNOWN'],
    ['${vault:secret/none#key}', 'POLICY_REFERENCE_UNRESOLVED'],
    ['${vault:secret/door#empty}', 'POLICY_REFERENCE_UNRESOLVED'],
  ])('refuses %s instead of taking it literally', (text, code) => {
    const result = resolve(text);
    expect(result).toMatchObject({ ok: false, problem: { code } });
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });

  it('refuses ${file:…} where no secret stands', () => {
    expect(resolve('${file:key.pem}', false)).toMatchObject({
      ok: false,
      problem: { code: 'POLICY_REFERENCE_UNKNOWN' },
    });
  });

  it('an_unescaped_reference_is_resolved_or_refused_and_never_a_literal', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string().filter((body) => !body.includes('}')),
        fc.string(),
        (before, body, after) => {
          fc.pre(!before.endsWith('$') && !before.includes('${'));
          const result = resolve(`${before}\${${body}}${after}`);
          if (result.ok) expect(result.text.startsWith(`${before}\${`)).toBe(body === 'env:TRICK');
        },
      ),
    );
  });
});

describe('ResolvedSecret', () => {
  it('gives its value to reveal alone', () => {
    const secret = new ResolvedSecret('${env:SECRET}', CANARY);
    expect(secret.reveal()).toBe(CANARY);
    const shown = [
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      String(secret),
      Object.values(secret).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    ];
    for (const text of shown) expect(text).not.toContain(CANARY);
    expect(JSON.stringify(secret)).toBe('"${env:SECRET}"');
  });
});
