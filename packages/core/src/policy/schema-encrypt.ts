import { choice, defaulted, list, object, required, secret, text } from './shape.ts';
import { DATA_SELECTOR } from './text-formats.ts';

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
      master: required(
        secret(),
        'The key that the data keys are wrapped under, 32 random bytes in base64: a path, ${env:NAME} or ${file:path}.',
      ),
    }),
    'Where the keys come from.',
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
});
