import { describe, expect, it } from 'vitest';
import * as ids from './national-ids.ts';
import { isCardNumber } from './card-number.ts';
import { isIban } from './iban.ts';
import { isInternationalPhone, isNorthAmericanPhone } from './phone.ts';

/** Whether one of the ten check digits makes it valid. */
const canBe = (test: (text: string) => boolean, body: string): boolean =>
  [...'0123456789'].some((digit) => test(body + digit));

describe('a number with a check digit', () => {
  it.each([
    ['of Germany', ids.isGermanTaxId, '86095742719'],
    ['of France', ids.isFrenchNir, '255081416802538'],
    ['of Spain', ids.isSpanishId, '12345678Z'],
    ['of foreigners in Spain', ids.isSpanishId, 'X1234567L'],
    ['of Italy', ids.isCodiceFiscale, 'RSSMRA85T10A562S'],
    ['of the Netherlands', ids.isDutchBsn, '111222333'],
    ['of Poland', ids.isPesel, '44051401359'],
    ['of Switzerland', ids.isSwissAhv, '7569217076985'],
    ['of Brazil', ids.isBrazilianCpf, '52998224725'],
    ['of Sweden', ids.isPersonnummer, '8112289874'],
    ['of Sweden with its century', ids.isPersonnummer, '198112289874'],
    ['of a card', isCardNumber, '4111111111111111'],
    ['of an account', isIban, 'GB82WEST12345698765432'],
  ])('%s is found, and none with one wrong digit or of another length', (_, test, valid) => {
    expect(test(valid)).toBe(true);
    for (const [at, digit] of [...valid].entries()) {
      if (!/\d/.test(digit) || (test === ids.isPersonnummer && at < valid.length - 10)) continue;
      for (let more = 1; more < 10; more++) {
        const wrong = valid.slice(0, at) + String((Number(digit) + more) % 10) + valid.slice(at + 1);
        expect(test(wrong), wrong).toBe(false);
      }
    }
    for (const other of [valid.slice(1), valid.slice(0, -1), `${valid}0`, `0${valid}`, ` ${valid}`, `${valid}x`])
      expect(test(other), other).toBe(false);
  });

  it.each([
    [
      'of Poland',
      ids.isPesel,
      ['440514013', '440114013', '441231013', '448114013', '442101013'],
      ['440014013', '441314013', '440500013', '440532013', '442001013'],
    ],
    [
      'of Sweden',
      ids.isPersonnummer,
      ['810101987', '811231987', '810161987', '811291987'],
      ['810001987', '811301987', '810100987', '810132987', '810160987', '810192987'],
    ],
  ] as const)('%s begins with a birthday that there is', (_, test, days, none) => {
    const fill = (body: string): boolean =>
      test === ids.isPesel ? [...'0123456789'].some((digit) => canBe(test, body + digit)) : canBe(test, body);
    for (const day of days) expect(fill(day), day).toBe(true);
    for (const day of none) expect(fill(day), day).toBe(false);
  });

  it('of an account is as long as its country says', () => {
    const withSome = (rest: string, country = 'GB'): boolean =>
      Array.from({ length: 100 }, (_, check) => `${country}${String(check).padStart(2, '0')}${rest}`).some(isIban);
    expect(withSome('WEST12345698765432')).toBe(true);
    for (const rest of ['WEST123456987654320', 'WEST1234569876543']) expect(withSome(rest)).toBe(false);
    expect(withSome('WEST12345698765432', 'US')).toBe(false);
  });

  it('of one digit over and over is nobody’s', () => {
    expect(ids.isDutchBsn('000000000')).toBe(false);
    for (const digit of '0123456789') expect(ids.isBrazilianCpf(digit.repeat(11))).toBe(false);
    expect(ids.isSpanishId('00000000T')).toBe(false);
  });
});

describe('a phone number', () => {
  it.each(['4930123456', '491701234567', '12025550123', '390612345', '861234567890123', '61234567890'])(
    'of the world is +%s',
    (digits) => expect(isInternationalPhone(digits)).toBe(true),
  );

  it.each(['49301234', '4930123456789012', '11025550123', '12021550123', '1202555012', '4944444444', '0123456789'])(
    'of the world is not +%s',
    (digits) => expect(isInternationalPhone(digits)).toBe(false),
  );

  it('of North America has an area, an exchange, and is no example', () => {
    expect(isNorthAmericanPhone('2125557890')).toBe(true);
    for (const digits of ['1125557890', '2121557890', '2125550123', '212555789', '21255578901'])
      expect(isNorthAmericanPhone(digits), digits).toBe(false);
  });
});
