import { choice, defaulted, flag, list, number, object, optional, text } from '../shape.ts';
import { OPERATION_KEY, THREAT_FIELD, URI_HOST } from '../text-formats.ts';
import { THREAT_CATEGORIES } from '../threat-policy.ts';

/** `threats`: injections in free text. */
export const threatsShape = object({
  threshold: defaulted(
    number(1, 10),
    5,
    'The score from which a value is refused. 10 is what no honest text is known to reach, 3 what prose about code often does.',
  ),
  headers: defaulted(
    flag(),
    true,
    'Look into header fields as well that the document does not declare and that go to the upstream, such as User-Agent.',
  ),
  ignored: defaulted(
    list(choice(THREAT_CATEGORIES), 0, THREAT_CATEGORIES.length),
    [],
    'What is not looked for, because nothing behind the API would run it.',
  ),
  exceptions: defaulted(
    list(
      object({
        field: optional(
          text(THREAT_FIELD),
          'The value: path:NAME, query:NAME, header:NAME, cookie:NAME, or body:/pointer with * for any one name or index. All where absent.',
        ),
        categories: optional(
          list(choice(THREAT_CATEGORIES), 1, THREAT_CATEGORIES.length),
          'What may look like an attack there. Everything where absent.',
        ),
        hosts: optional(
          list(text(URI_HOST), 1, 1000),
          'Hosts within that URIs may lead to there, such as build or 10.20.0.5, as they are written; nothing else may look like an attack.',
        ),
        operations: optional(
          list(text(OPERATION_KEY), 1, 1000),
          'Which operations: operationId, METHOD /path or tag:NAME. All where absent.',
        ),
      }),
      0,
      1000,
    ),
    [],
    'Values that may look like an attack, such as the text of a forum for programmers.',
  ),
});
