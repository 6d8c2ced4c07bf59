import { choice, defaulted, list, object, optional, text } from '../shape.ts';
import { DATA_SELECTOR, URI_SCHEME } from '../text-formats.ts';

const selectors = (description: string) => optional(list(text(DATA_SELECTOR), 1, 1000), description);

/** `sanitise`: what texts may hold. */
export const sanitiseShape = object({
  text: defaulted(
    object({
      html: selectors('Texts that hold HTML: only harmless elements, attributes and addresses stay.'),
      plain: selectors('Texts that must not hold markup.'),
      escaped: selectors('Texts in which markup is made harmless: its characters become references.'),
    }),
    {},
    'Texts by what they hold, named as in data.classes, beside those that the document marks by x-sallyport-text, format: html or contentMediaType: text/html.',
  ),
  plain: defaulted(
    choice(['refuse', 'escape']),
    'refuse',
    'What becomes of a request with markup in a text that must not hold any.',
  ),
  answers: defaulted(
    choice(['clean', 'pass']),
    'clean',
    'Whether such texts of responses are cleaned too, for what was stored before.',
  ),
  forbiddenSchemes: defaulted(
    list(text(URI_SCHEME), 0, 100),
    ['javascript', 'vbscript', 'data'],
    'Schemes that an address (format: uri and the like) may not have: a request with one is refused, in a response about:blank stands in its place.',
  ),
  csv: defaulted(
    object({
      uploads: defaulted(
        choice(['refuse', 'neutralise', 'pass']),
        'refuse',
        'CSV bodies of requests with cells that a spreadsheet would calculate.',
      ),
      answers: defaulted(
        choice(['neutralise', 'pass']),
        'neutralise',
        'The same in CSV responses. They are collected as a whole for it, up to responses.maxBodyBytes.',
      ),
    }),
    {},
    'Cells that begin with = + - @, a tab or a line end. Neutralised, they get an apostrophe before them.',
  ),
});
