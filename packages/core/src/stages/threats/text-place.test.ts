import { expect, test } from 'vitest';
import { documentWith } from '../../schema/testing/test-document.ts';
import { ANYWHERE, compileTextPlace } from './text-place.ts';

test.each([new RangeError('Maximum call stack size exceeded'), new TypeError('no such thing')])(
  'a schema of which compiling throws %s says nothing of a text, so that every one is looked into',
  (thrown) => {
    const { compiler, source } = documentWith('openapi-3.0', { enum: ['a'] });
    expect(compileTextPlace(source, compiler).confined).toBe('an enum');
    const failing = {
      ...compiler,
      normalized: (): never => {
        throw thrown;
      },
    };
    expect(compileTextPlace(source, failing)).toBe(ANYWHERE);
    expect(ANYWHERE).toMatchObject({ confined: null, uri: false, declared: false, holdsText: true });
  },
);
