import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText } from './mask-text.ts';

describe('maskText', () => {
  it.each([
    ['a card number', '4000001234567899', '****7899'],
    ['a card number in groups', '4000 0012 3456 7899', '****7899'],
    ['a card number with dashes', '3782-822463-10005', '****0005'],
    ['an IBAN', 'DE89370400440532013000', '****3000'],
    ['an IBAN in groups', 'DE89 3704 0044 0532 0130 00', '****3000'],
    ['a mobile number', '+4915112345678', '****5678'],
    ['a short phone number, whole', '+1 555 0100', '****'],
    ['an e-mail address: the end of its domain', 'someone@example.org', '****.org'],
    ['a short e-mail address, whole', 'a@b.example', '****'],
    ['a social security number, whole', '123-45-6789', '****'],
    ['a tax id of eleven digits, whole, however it is grouped', '12 345 678 901', '****'],
    ['nothing', '', '****'],
  ])('leaves of %s what nobody is known by', (_, text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it('law: shows at most four characters, of texts of 12 or more, and never half of one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const shown = Array.from(maskText(text).slice(4));
        expect(shown.length).toBeLessThanOrEqual(4);
        expect(shown.length === 0 || Array.from(text).length >= 12).toBe(true);
        expect(maskText(text)).toBe(maskText(Array.from(text).join(' ')));
        expect(maskText(text).isWellFormed()).toBe(true);
      }),
    );
  });
});
