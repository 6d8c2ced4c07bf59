import { choice, defaulted, later, list, map, object, text, union } from './shape.ts';
import { AUDIENCE, CLASS_NAME, DATA_SELECTOR } from './text-formats.ts';

const HIDDEN = ['remove', 'mask'] as const;
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
  encrypt: later('Encrypt in the API; classes keep the fields out of logs.'),
});
