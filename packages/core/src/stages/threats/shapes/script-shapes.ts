import { EVENTS } from '../words/event-handlers.ts';
import { shapes } from './shape.ts';

const HOW = '(?:~\\.~(?:call|apply|bind)|~\\?\\.)?';

/** Scripts of browsers outside any tag: calls that tests for cross-site scripting make, and URIs that run. */
export const SCRIPT_SHAPES = shapes('markup', [
  [
    'alert prompt confirm',
    `[a-z]{5,7}${HOW}~(?:\\(~(?:['"\`/)]|\\d|=|%|null|this|document|window|self|top|string|location|origin|[a-z]{1,12}\\))|\`)`,
    5,
    'call of a dialogue',
  ],
  ['alert prompt confirm', `[a-z]{5,7}~\\.~(?:call|apply|bind)~[(\`]`, 6, 'call of a dialogue'],
  ['alert prompt confirm eval', '(?<=[(,\\[]~)[a-z]{4,7}(?=~[),\\]])', 4, 'function handed on'],
  ['alert prompt confirm eval print', '(?<=\\(~)[a-z]{4,7}~\\)~[(`]', 6, 'function handed on'],
  [
    'alert prompt confirm eval',
    '(?<=\\.~(?:find|findindex|some|every|map|flatmap|filter|foreach|reduce|sort|then|from|replace)~\\(~)[a-z]{4,7}(?=~[),])',
    6,
    'function handed on',
  ],
  ['alert prompt confirm eval', '(?<=[\\w$]~=~)[a-z]{4,7}(?=~[,;)])', 6, 'function handed on'],
  ['source', '(?<=/[a-z]{1,8}/~\\.~)source\\b', 6, 'text made of pieces'],
  ['[\' [" [`', '\\[~[\'"`][a-z]{1,10}[\'"`]~\\+~[\'"`][a-z]{1,10}[\'"`]', 6, 'text made of pieces'],
  ['[] [+ [!', '\\[\\]~\\[~[("\'`[]|\\[\\+?!{0,2}\\[\\]\\]|\\(!{1,2}\\[\\]', 6, 'text made of pieces'],
  ['+a', '\\+adw-', 6, 'tag in UTF-7'],
  [
    'location',
    '(?<=(?:^|[.;,\\s(]))location~(?:\\.href~)?=~(?:[\'"`]?javascript|[\'"`]//|name\\b|\\/)',
    6,
    'page replaced',
  ],
  [
    'eval',
    `eval${HOW}~\\(~(?:atob|string|unescape|decode|location|name|src|this|document|window|self|['"\`])`,
    7,
    'code evaluated',
  ],
  ['eval', 'eval~\\(', 3, 'code evaluated'],
  [
    'document',
    'document~(?:\\.~|\\[~[\'"])(?:cookie|domain|write(?:ln)?|location|body\\.(?:append|innerhtml)|createelement|documentelement|url\\b|referrer)',
    5,
    'document of the page',
  ],
  [
    'window self top parent frames globalthis this',
    '[a-z]{3,10}~(?:\\[~(?:[\'"`/]|\\d{1,9}~[,\\]]\\)?|[a-z]{2,9}~\\+)[^\\]]{0,40}\\]~[(.[`=]|\\.~(?:location|name|open|onerror)~[=(])',
    6,
    'window of the page',
  ],
  ['window', 'window~\\.~(?:location|open|name|eval|alert|onerror)', 4, 'window of the page'],
  ['fromcharcode', 'fromcharcode[\'"\\]\\s]{0,6}\\(', 5, 'text made of codes'],
  ['settimeout setinterval setimmediate', 'set[a-z]{7,9}~\\(~[\'"`a-z]{1,12}~(?:[\'"`(,+]|\\()', 4, 'call later'],
  [
    'constructor',
    '(?<=[.\\[\'"]~)constructor[\'"\\]\\s]{0,6}(?:\\.~constructor|\\[|\\(~[\'"`])',
    7,
    'constructor called',
  ],
  ['function', 'function~\\(~[\'"`]', 6, 'code evaluated'],
  [
    'javascript livescript mocha vbscript',
    '(?:javascript|livescript|mocha|vbscript)~:(?!//\\s|\\s{2})(?:/{1,2}|[^\\s/]|\\s[a-z]{1,20}[(.])',
    6,
    'URI that runs',
  ],
  ['data', 'data:(?:text/(?:html|xml|javascript)|application/(?:xhtml|javascript|x-javascript))', 5, 'URI that runs'],
  [
    'xmlhttprequest fetch',
    '(?:new~~)?(?:xmlhttprequest|fetch)~\\(~(?:\\)|[\'"`](?:https?:)?//)',
    4,
    'request of a page',
  ],
  ['innerhtml outerhtml', '(?:inner|outer)html~\\+?=', 4, 'document of the page'],
  ['import', 'import~\\(~[\'"`](?:https?:)?//', 6, 'code loaded'],
  [
    'expression',
    'expression~(?:\\(~(?:alert|document|window|eval|javascript|write|this|function)|\\d~?(?:write|alert))',
    6,
    'style that runs',
  ],
  ['expression', '(?<=[:"\';{]~)expression~\\(', 5, 'style that runs'],
  ['moz', '(?<=-)moz-binding~:', 6, 'style that runs'],
]);

/** What a handler is given: a call, a path of names, a text of its own. */
const CALLED = '[\\s"\'`]{0,4}(?:[a-z_$][\\w.$]{0,40}\\s{0,4}(?:[(`=.[]|&|%28)|\\(|\\[|javascript:|[\\w.]{1,20};|\\d)';
const HANDLERS = [...EVENTS].map((event) => `on${event}`).join(' ');

/** `" onfocus=…` and ` onerror=…` with no tag before: break out of an attribute. */
export const HANDLER_SHAPES = shapes('markup', [
  [HANDLERS, `(?<=["'\`>][\\s/+;,]{0,8})on[a-z]{3,40}~=~${CALLED}`, 8, 'event handler', '='],
  [HANDLERS, '(?<=["\'`>][\\s/+;,]{0,8})on[a-z]{3,40}~=', 6, 'event handler', '='],
  [HANDLERS, `(?<=^|[\\s/,;])on[a-z]{3,40}~=${CALLED}`, 7, 'event handler', '='],
]);
