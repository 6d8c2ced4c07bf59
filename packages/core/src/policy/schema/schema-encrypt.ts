import { NORMAL_FORMS } from '../encrypt-policy.ts';
import { choice, defaulted, duration, list, map, number, object, optional, required, secret, text } from '../shape.ts';
import { AWS_KEY, AWS_REGION, DATA_SELECTOR, MEMBER_NAME, VAULT_KEY, VAULT_PATH } from '../text-formats.ts';

/** Of keys that somebody else unwraps. */
const held = {
  renew: defaulted(
    duration(1_000, 7 * 86_400_000),
    '1h',
    'How long a data key is written under until it has been unwrapped again; that is tried from four fifths of it on.',
  ),
  keep: defaulted(
    duration(0),
    '1d',
    'How much longer values are read with it while nobody can be asked. Where access was taken away, not at all.',
  ),
  uses: defaulted(
    number(1, 1_000_000_000_000),
    1_000_000,
    'How many values are written under a data key until it has been unwrapped again.',
  ),
};

const indexShape = object({
  property: optional(
    text(MEMBER_NAME),
    'The property beside the field that the index goes into: the name of the field and Index where it is left out.',
  ),
  normalize: defaulted(
    list(choice(NORMAL_FORMS), 0, 10),
    ['nfc', 'trim'],
    'What is done to a text before it is indexed, in this order: trim, lower-case, nfc, nfkc, digits (keeps nothing else), letters-and-digits.',
  ),
  parameters: optional(
    list(text(DATA_SELECTOR), 0, 100),
    'Names of parameters of path and query that are replaced by the index of what they hold: the name of the field where it is left out.',
  ),
  fewValues: defaulted(
    choice(['refuse', 'allow']),
    'refuse',
    'Whether a field may be indexed that can have but few values, such as a boolean or an enum: how often each index comes up tells which is which.',
  ),
});

/** `data.encrypt`: fields that the upstream keeps encrypted. */
export const encryptShape = object({
  fields: defaulted(
    list(text(DATA_SELECTOR), 0, 1000),
    [],
    'What is encrypted on its way to the API and decrypted on its way back: names of properties, with * for any characters; JSON Pointers into bodies; class:CLASS for what is of a class. Properties that the document marks with x-sallyport-encrypt: true are too.',
  ),
  keys: required(
    object({
      file: required(text(), 'The file of data keys: make it with sallyport data-keys create.'),
      master: optional(
        secret(),
        'The key that the data keys are wrapped under, 32 random bytes in base64: a path, ${env:NAME} or ${file:path}.',
      ),
      vault: optional(
        object({
          key: required(text(VAULT_KEY), 'The name of the key, of type aes256-gcm96 or another that wraps data keys.'),
          mount: defaulted(text(VAULT_PATH), 'transit', 'Where the transit engine is mounted.'),
          ...held,
        }),
        'The data keys are wrapped under a key of Vault or OpenBao Transit, which never leaves it; vault says where that is.',
      ),
      awsKms: optional(
        object({
          key: required(text(AWS_KEY), 'The key: its ARN, its id, or alias/NAME. A symmetric key for encryption.'),
          region: required(text(AWS_REGION), 'The region that it is in.'),
          endpoint: optional(
            text(),
            'Where KMS is asked, where that is not the address of the region: https, such as a VPC endpoint; http only on a loopback address.',
          ),
          context: defaulted(
            map('NAME', text()),
            {},
            'An encryption context that the data keys are bound to, beside the name and version of each. It is no secret, and must stay as it is.',
          ),
          ...held,
        }),
        'The data keys are wrapped under a key of AWS KMS, which never leaves it. Needs the package @aws-sdk/client-kms.',
      ),
    }),
    'Where the keys come from: file, and one of master, vault and awsKms.',
  ),
  record: defaulted(
    list(text(DATA_SELECTOR), 0, 20),
    [],
    'What tells one record from another, so that what is encrypted in one does not open in another: names of members beside or around the field, or path.NAME for a parameter of the path. The first that is there counts; where none is, the message is refused. Empty: fields are bound to their name alone.',
  ),
  legacy: defaulted(
    choice(['block', 'pass']),
    'block',
    'What becomes of an answer in which such a field is not encrypted: it is refused, or passes, while stored data is being encrypted.',
  ),
  elsewhere: defaulted(
    choice(['off', 'report', 'mask', 'block']),
    'mask',
    'What becomes of encrypted values in answers in which nothing is to be encrypted and in headers, and of indexes anywhere: not looked for, recorded, masked as well, or the answer is refused.',
  ),
  indexes: defaulted(
    map('FIELD', indexShape, MEMBER_NAME),
    {},
    'Fields that the API can look up by equality though it cannot read them, by name: beside the value it gets a keyed hash.',
  ),
  indexKeys: defaulted(
    list(number(1, 999_999_999), 1, 10),
    [1],
    'Versions of the data key that the keys of indexes are derived from. The first is written; parameters that are lists are looked up under all of them.',
  ),
});
