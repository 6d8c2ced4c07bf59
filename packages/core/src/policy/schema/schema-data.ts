import { FINDING_ACTIONS } from '../finding-action.ts';
import { choice, defaulted, list, map, object, optional, rate, text, union } from '../shape.ts';
import { encryptShape } from './schema-encrypt.ts';
import { AUDIENCE, CLASS_NAME, DATA_SELECTOR } from '../text-formats.ts';

const HIDDEN = ['remove', 'mask'] as const;
const action = (description: string) => defaulted(choice(FINDING_ACTIONS), 'report', description);
const audiences = (description: string) =>
  defaulted(map('CLASS', list(text(AUDIENCE), 0, 100), CLASS_NAME), {}, description);

/** `data`: which data is sensitive, and who may see and set it. */
export const dataShape = object({
  classes: defaulted(
    map('CLASS', list(text(DATA_SELECTOR), 1, 1000), CLASS_NAME),
    {},
    'What carries personal or secret data, by class: names of properties, parameters and headers, with * for any characters; or JSON Pointers into bodies, with * for any one name or index. Upper and lower case are the same in names.',
  ),
  visible: audiences(
    'Who sees a class in responses, by class: role:NAME, scope:NAME, or NAME for either. From anyone else it is kept; an empty list is nobody.',
  ),
  writable: audiences(
    'Who may set a class in request bodies, by class, as in visible. From anyone else the request is refused.',
  ),
  hidden: defaulted(
    union(choice(HIDDEN), map('CLASS', choice(HIDDEN), CLASS_NAME)),
    'remove',
    'What becomes of what somebody may not see: left out, or a text masked but for its last four characters (all of it where it is shorter than 12). For all, or by class.',
  ),
  detect: defaulted(
    union(
      choice(FINDING_ACTIONS),
      object({
        'card-number': action('Numbers of payment cards, by issuer and check digit.'),
        iban: action('Numbers of bank accounts, by country, length and check digits.'),
        email: action('E-mail addresses.'),
        phone: action('Phone numbers with + and a calling code, or where a name says so.'),
        'national-id': action(
          'Numbers of persons: us-ssn, uk-nino, de-tax-id, fr-nir, es-dni, es-nie, it-codice-fiscale, nl-bsn, pl-pesel, ch-ahv, br-cpf, se-personnummer.',
        ),
        token: action(
          'Bearer tokens and keys: JWT, AWS, GitHub, GitLab, Slack, Stripe, Google, npm and others, and our own.',
        ),
        'private-key': action('Private keys in PEM.'),
      }),
    ),
    {},
    'What becomes of sensitive data that is found in responses where nothing is marked: off, report (recorded by place and kind, never the value), mask, or block. For all kinds, or each.',
  ),
  sample: defaulted(
    rate(),
    '100/s',
    'How many responses of each operation are looked into where detect does nothing but report: the first ones in each span of time. Where anything is masked or blocked, all are.',
  ),
  encrypt: optional(encryptShape, 'Fields that the API keeps encrypted.'),
});
