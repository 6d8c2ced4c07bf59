/**
 * What HTML of strangers may hold, with the attributes of each. None of these makes a parser read what follows by other rules, as `script`, `style`,
 * `textarea`, `svg`, `select` or `table` do: whichever parser reads the result finds the same tags in it. No `id`, `name`, `class` or `style`:
 * they reach what is outside of the text.
 */
export const ELEMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    a: ['href', 'title'],
    abbr: ['title'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    ol: ['start'],
    ...Object.fromEntries(
      (
        'b blockquote br cite code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark p pre q s samp small span strong ' +
        'sub sup u ul var'
      )
        .split(' ')
        .map((name) => [name, []]),
    ),
  }).map(([name, attributes]: [string, string[]]) => [name, new Set([...attributes, 'lang', 'dir'])]),
);

/** Without content and end tag. */
export const VOID: ReadonlySet<string> = new Set(['br', 'hr', 'img']);

/** What stands in these is no text for a reader: it goes with them. */
export const DROPPED_WHOLE: ReadonlySet<string> = new Set([
  'script',
  'style',
  'iframe',
  'noscript',
  'noembed',
  'noframes',
  'xmp',
  'textarea',
  'title',
  'template',
  'svg',
  'math',
  'object',
  'select',
  'plaintext',
  'head',
]);

/** Schemes that an address may have; one without a scheme stays on the site. */
export const SCHEMES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['href', new Set(['http', 'https', 'mailto', 'tel'])],
  ['src', new Set(['http', 'https'])],
]);
