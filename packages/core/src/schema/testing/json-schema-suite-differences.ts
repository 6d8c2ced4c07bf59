const FORMATS = [
  'email',
  'idn-email',
  'regex',
  'ipv4',
  'ipv6',
  'idn-hostname',
  'hostname',
  'date',
  'date-time',
  'time',
  'json-pointer',
  'relative-json-pointer',
  'iri',
  'iri-reference',
  'uri',
  'uri-reference',
  'uri-template',
  'uuid',
  'duration',
];

/** Tests of the JSON Schema test suite on which Sallyport decides otherwise, in the order of the suite, and why. */
export const KNOWN_DIFFERENCES: readonly { readonly reason: string; readonly cases: readonly string[] }[] = [
  {
    reason: 'A guard asserts formats; the suite tests that they are annotations unless asked for.',
    cases: FORMATS.map(
      (format) => `format.json > ${format} format > invalid ${format} string is only an annotation by default`,
    ),
  },
  {
    reason:
      'A schema is read in the dialect of its document; `$schema` inside it does not switch to another draft, which can only refuse more.',
    cases: [
      'optional/cross-draft.json > refs to historic drafts are processed as historic drafts > first item not a string is valid',
    ],
  },
  {
    reason:
      'No JSON body may have the member `__proto__`, whatever its schema says: parsers behind us may take it for an assignment.',
    cases: [
      'bytes: properties.json > properties whose names are Javascript object property names > all present and valid',
      'bytes: required.json > required properties whose names are Javascript object property names > all present',
    ],
  },
  {
    reason:
      'Vocabularies cannot be switched off by a document: a meta-schema of its own would make every rule in it vanish.',
    cases: [
      'vocabulary.json > schema that uses custom metaschema with with no validation vocabulary > no validation: invalid number, but it still validates',
    ],
  },
];
