import { shapes } from './shape.ts';

const SUM = '[\'"]?\\d{1,9}[\'"]?~[*+/%-]~[\'"]?\\d{1,9}[\'"]?';

/** What expressions of templates do in attacks and seldom in text: reckon, call, reach inside of objects. */
export const TEMPLATE_SHAPES = shapes('template', [
  [
    '__class__ __mro__ __globals__ __builtins__ __import__ __init__ __subclasses__ __base__ __dict__ __getattribute__',
    '__[a-z]{3,16}__',
    7,
    'inside of an object',
    'inside',
  ],
  [
    'constructor getclass getruntime popen exec system tostring class',
    '(?<=[.\\[|\'"(\\s])[a-z]{4,12}\\b',
    7,
    'inside of an object',
    'inside',
  ],
  [
    'config self request settings application session app cycler lipsum joiner namespace _self env process',
    '(?<![\\w.])[a-z_]{3,11}~(?:[.|[](?!~[\\w.]{0,40}~\\}\\})|\\.items\\b|\\}\\})(?<!(?:request|session|app|settings|env|process|application)~\\}\\})',
    6,
    'object of a framework',
    'inside',
  ],
  [
    'dump attr file_excerpt registerundefined require t map',
    '(?:dump\\(|attr\\(|file_excerpt|registerundefined|require\\(|t\\(java|map\\([\'"])',
    7,
    'call in a template',
    'inside',
  ],
  ['java javax', 'javax?\\.', 7, 'class of Java', 'inside'],
  ['eval on', '(?<=\\$)(?:eval|on)\\b~[.(]', 7, 'call in a template', 'inside'],
  ['file io kernel', '(?:file|io|kernel)\\.', 6, 'call in a template', 'inside'],
  ['{{', `\\{\\{[^{}]{0,12}${SUM}[^{}]{0,40}\\}\\}`, 8, 'sum in a template'],
  ['{{', '\\{\\{~[\\w.]{0,40}~(?:\\(|\\[|[\'"][^\'"]{0,40}[\'"]~\\.)', 4, 'call in a template'],
  ['{{', '\\{\\{[=#@!]?~[\'"\\d]', 4, 'literal in a template'],
  [
    '{%',
    '\\{%~(?:import|include|exec|debug|extends|set~~\\w{1,20}~=|for~~\\w{1,20}~~in~~(?:\\(|\\[|.{0,40}__)|if~.{0,40}__)',
    6,
    'statement of a template',
  ],
  [
    '{p {l {s {$ {i',
    '\\{(?:php|literal|system|\\$smarty|self::|if~~(?:phpinfo|system|readfile))',
    6,
    'tag of a template',
  ],
  ['{', `(?<!\\{)\\{~${SUM}~\\}`, 5, 'sum in a template'],
  ['${ $!', `\\$!?\\{~[^{}]{0,12}${SUM}[^{}]{0,20}\\}`, 7, 'sum in a template'],
  ['${', '\\$\\{~[\\w.]{1,40}\\([\'"][^}]{0,60}\\}', 6, 'call in a template'],
  [
    '$c $r $e $s $a $p',
    '\\$(?:class|runtime|execution|context|request|session|application|page)\\.(?:inspect|getclass|class|type|getruntime|servletcontext)',
    6,
    'expression of a template',
  ],
  ['#{', `#\\{~[^{}]{0,12}${SUM}[^{}]{0,20}\\}`, 7, 'sum in a template'],
  [
    '#s #f #i #p #e #d #m',
    '#(?:set|foreach|include|parse|evaluate|define|macro)~\\(~[\'"$#]',
    6,
    'statement of a template',
  ],
  ['*{', `\\*\\{~[^{}]{0,60}${SUM}`, 7, 'expression of a template'],
  ['@( @{', `@\\(~${SUM}~\\)|@\\{~(?:system|var|int|string)\\b`, 6, 'expression of a template'],
  ['%{', '%\\{~(?:\\(~)?#', 8, 'expression of a template'],
  ['%{', `%\\{~[^{}]{0,12}${SUM}`, 7, 'sum in a template'],
  ['<%', `<%[=#@-]?~(?:${SUM}|[^%]{0,80}(?:\\(|\\bsystem\\b|\\bexec\\b|\`|\\.|%>))`, 6, 'tag of a template'],
  ['<#', '<#(?:assign|list|if|include|import|macro|function)\\b', 7, 'tag of a template'],
  ['<$', '<\\$[^$]{1,40}\\$>', 4, 'tag of a template'],
  ['[[', '\\[\\[~[$*#@]\\{', 6, 'expression of a template'],
]);

/** Lookups of logging libraries. */
export const LOOKUP_SHAPES = shapes('lookup', [
  ['${', '\\$\\{~jndi~:', 10, 'lookup of a name'],
  ['${', '\\$\\{[^}$]*\\$\\{[^}$]*(?::-|lower:|upper:|env:|sys:|date:|::-)', 8, 'nested lookups'],
  [
    '${',
    '\\$\\{(?:lower|upper|env|sys|java|ctx|date|main|bundle|web|docker|k8s|spring|log4j|marker|map|sd|event|base64|url|dns|script)~:[^}]{0,40}',
    4,
    'lookup',
  ],
  ['${', '\\$\\{~(?:script|dns|url)~:', 8, 'lookup'],
  ['${', '\\$\\{::-|\\$\\{[^}:$]{0,20}:[^}:$]{0,20}:-[a-z]\\}', 7, 'nested lookups'],
  ['jndi', 'jndi~:~(?:ldaps?|rmi|dns|nis|iiop|corba|nds|https?)', 9, 'lookup of a name'],
]);
