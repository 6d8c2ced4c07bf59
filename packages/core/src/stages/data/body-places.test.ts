import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaType, SchemaSource } from '../../openapi/model.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { createBodyPlaces } from './body-places.ts';
import type { MarkedPlace } from './marked-nodes.ts';

const source = (node: string): SchemaSource => ({ node }) as unknown as SchemaSource;
const media = (range: string, schema: string | null, itemSchema: string | null = null): MediaType =>
  ({
    range,
    schema: schema === null ? null : source(schema),
    itemSchema: itemSchema === null ? null : source(itemSchema),
    encoding: new Map(),
  }) as unknown as MediaType;
const placeOf = (name: string): MarkedPlace => ({
  marks: null,
  member: () => null,
  item: () => null,
  declared: () => [name],
});
const nameOf = (place: MarkedPlace | null | undefined): string | null => [...(place?.declared() ?? [])][0] ?? null;
/** A schema leaves room for something marked where it says `open`; so does the want of any. */
const matcher = {
  root: (sources: readonly SchemaSource[]): MarkedPlace | null =>
    sources.length === 0 ? placeOf('anything') : sources.some(({ node }) => node === 'open') ? placeOf('open') : null,
};

describe('the marks of a content map', () => {
  it('law: are null only where those of each of its types alone are', () => {
    const schema = fc.constantFrom('open', 'closed', null);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(9), schema, schema), { selector: ([at]) => at }), (drawn) => {
        const content = drawn.map(([at, one, item]) => media(`a/x${at}`, one, item));
        const places = createBodyPlaces(content, matcher);
        const alone = content.map((each) => createBodyPlaces([each], matcher));
        expect(places === null).toBe(content.length > 0 && alone.every((each) => each === null));
        for (const [at, each] of content.entries()) {
          const type = parseMediaType(each.range);
          expect(nameOf(places?.select(type))).toBe(nameOf(alone[at]?.select(type)));
        }
      }),
    );
  });

  it('are those of the schemas together, for a type that none of them is declared for', () => {
    const places = createBodyPlaces([media('a/b', 'open'), media('a/c', null)], matcher);
    expect([nameOf(places?.all), nameOf(places?.select(parseMediaType('x/y'))), nameOf(places?.select(null))]).toEqual(
      Array.from({ length: 3 }, () => 'open'),
    );
  });
});
