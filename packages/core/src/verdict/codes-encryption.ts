import { defineCodes } from './code-entry.ts';

const ANSWER_TITLE = 'The service gave an answer that its description does not declare';

/** Fields that the upstream keeps encrypted. */
export const ENCRYPTION_CODES = defineCodes({
  ENCRYPTED_VALUE_SENT: {
    status: 400,
    title: 'The request holds an encrypted value',
    cause:
      'A text of the body looks like a value that Sallyport encrypted, or a member has the name of an index (data.encrypt.indexes). No client is ever given one; stored, it could be opened or found for somebody else.',
    remedy: 'Send the value in clear. Many of these are somebody who got hold of stored data: find out how.',
  },
  ENCRYPTED_BODY_UNREADABLE: {
    status: 415,
    title: 'The request body is in a form whose members cannot be told apart',
    cause:
      'Some fields of the body have to be encrypted, and the body, or a field of a form that may hold one of them, is malformed, compressed, in another charset than UTF-8, or of a type that is not looked into, such as XML; or it is JSON sent as another type; or such a field is a file.',
    remedy: 'Send the body as JSON or as a form, and objects in fields of a form as JSON or in brackets.',
  },
  ENCRYPTED_PATCH_REFUSED: {
    status: 422,
    title: 'The patch cannot be applied to what is encrypted',
    cause:
      'A JSON Patch tests, copies or moves an encrypted field or something that holds one, or goes into the inside of one; or a merge patch merges into one that is an object. The API has one text there. `errors` lists the operations.',
    remedy: 'Add or replace the field as a whole.',
  },
  ENCRYPTED_RECORD_UNKNOWN: {
    status: 400,
    title: 'The request does not say which record it belongs to',
    cause:
      'Encrypted fields are bound to their record (data.encrypt.record), and neither the body nor the path names it; `errors` lists the fields.',
    remedy: 'Send the id of the record with the field, or correct data.encrypt.record.',
  },
  ENCRYPTED_KEY_UNAVAILABLE: {
    status: 503,
    title: 'The service is temporarily unavailable',
    cause:
      'A field has to be encrypted or decrypted, and its data key cannot be had: whoever unwraps it (Vault, OpenBao, AWS KMS) could not be reached for longer than the key may be held, or refuses it. Nothing went on in clear. The log holds the reason.',
    remedy:
      'See that the provider of data.encrypt.keys can be reached and lets Sallyport decrypt; its return is noticed within a minute, without a restart.',
  },
  ENCRYPTED_VALUE_INVALID: {
    status: 502,
    title: ANSWER_TITLE,
    cause:
      'An encrypted value of the answer does not open: it was changed, cut off, or moved from another field or record; or it stands in a place where nothing is encrypted. The log names the place and the reason.',
    remedy:
      'See who changed stored data; see that its column holds the whole text, and that the path or the answer names the same record as when it was written.',
    shownAs: 'RESPONSE_INVALID',
  },
  ENCRYPTED_KEY_UNKNOWN: {
    status: 502,
    title: ANSWER_TITLE,
    cause: 'An encrypted value of the answer names a key, or a version of it, that is not in data.encrypt.keys.',
    remedy: 'Restore the file of keys that it was written under; never remove a version before all was rewrapped.',
    shownAs: 'RESPONSE_INVALID',
  },
  ENCRYPTED_VALUE_MISSING: {
    status: 502,
    title: ANSWER_TITLE,
    cause: 'A field that has to be encrypted came back in clear.',
    remedy: 'Encrypt what was stored before with sallyport rewrap, and set data.encrypt.legacy to pass until then.',
    shownAs: 'RESPONSE_INVALID',
  },
  ENCRYPTED_ANSWER_UNREADABLE: {
    status: 502,
    title: ANSWER_TITLE,
    cause:
      'Some fields of the answer are encrypted, and the answer is malformed or of a type that is not looked into, such as XML or a stream of events.',
    remedy: 'Let the API answer in JSON, or mark nothing in answers of this type.',
    shownAs: 'RESPONSE_INVALID',
  },
});
