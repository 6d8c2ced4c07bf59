import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { parsePolicy } from './parse-policy.ts';

function refusals(text: string): readonly unknown[] {
  try {
    parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ code, hint }) => [code, hint]);
  }
}

describe('suggestWord', () => {
  it.each([
    ['adress', 'address'],
    ['Operation', 'operation'],
    ['claims:tenant', 'claim:NAME'],
    ['heder:X-Tenant', 'header:NAME'],
  ])('a limit by %s is told that %s may be meant', (by, meant) => {
    expect(refusals(`limits: [{ by: '${by}', limit: 5/min }]`)).toEqual([['POLICY_VALUE', `Did you mean ${meant}?`]]);
  });

  it.each([
    ['principal.sub', 'principal.subject'],
    ['subject', 'principal.subject'],
    ['keyId', 'principal.keyId'],
  ])('an owner that equals %s is told that %s may be meant', (equals, meant) => {
    expect(
      refusals(`authorization: { ownership: { a: { id: path.a, owner: response:/b, equals: ${equals} } } }`),
    ).toEqual([['POLICY_VALUE', `Did you mean ${meant}?`]]);
  });

  it('the field of an exception and the place of an id are told what their first part may be', () => {
    expect(refusals(`threats: { exceptions: [{ field: 'qurey:q', categories: [sql] }] }`)).toEqual([
      ['POLICY_VALUE', 'Did you mean query:NAME?'],
    ]);
    expect(refusals('authorization: { ownership: { a: { id: paht.a, public: true } } }')).toEqual([
      ['POLICY_VALUE', 'Did you mean path.NAME?'],
    ]);
  });

  it.each(['tenant', 'claim:', 'x:y', ''])('says nothing of %j, which is near to none', (by) => {
    expect(refusals(`limits: [{ by: '${by}', limit: 5/min }]`)).toEqual([['POLICY_VALUE', null]]);
  });

  it('counters in Redis are refused with what to do, with an address or without', () => {
    for (const counters of ['redis', 'redis://127.0.0.1', 'rediss://127.0.0.1'])
      expect(refusals(`counters: ${counters}`)).toEqual([
        ['POLICY_NOT_YET', 'Write memory; divide the limits by the number of instances.'],
      ]);
  });
});
