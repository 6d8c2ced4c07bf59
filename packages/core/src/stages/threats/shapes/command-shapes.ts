import { LISTED_WORDS, SHELL_HOMONYMS, SHELL_ONLY } from '../words/shell-words.ts';
import { shapes } from './shape.ts';

const only = [...SHELL_ONLY].filter((word) => word.length > 1).join('|');
const both = [...SHELL_HOMONYMS].filter((word) => word.length > 1).join('|');
/** Quotes, backslashes and empty variables that shells drop inside of words are dropped before, so a name is a name. */
const ONLY = `(?:(?:sudo|nohup|time|exec|command|env|busybox)~~)?(?:/?(?:usr/)?(?:local/)?s?bin/)?(?:${only})\\d{0,2}(?:\\.exe)?`;
const BOTH = `(?:/?(?:usr/)?s?bin/)?(?:${both})(?:\\.exe)?`;
/** What stands behind a program and in no sentence: an option, a path, a redirection, a quote, another operator. */
const ARGUMENT =
  '(?:[\\s+]{1,8}(?:-{1,2}[a-z]|/(?:[a-z*?.]|$)|\\.{1,2}/|[\'"$<>|&`*\\x7e]|\\d{1,3}(?:\\.\\d{1,3}){3}|[a-z]:\\\\?/?|https?:|[a-z_.]{1,20}[/\\\\.][a-z])|[<>|&;`]|\\$ifs|\\$\\{ifs)';
const END = '(?:~(?:$|[;|&`)\\n#]|[\'"](?=$|[\\s;|&)])))';
/** An end tag, as in `<b>News & more</b>`, and no redirection: systems have no files of these names at their root. */
const NO_TAG =
  '(?!</(?:a|abbr|b|big|blockquote|button|caption|center|cite|dd|div|dt|em|figcaption|font|h[1-6]|i|label|legend|li|mark|option|p|q|section|small|span|strong|sub|summary|sup|td|th|title|u)>)';
/** A cell of a table in Markdown, and an entity: bars and ampersands that separate no commands. */
const NO_CELL = '(?!\\|[\\s]{1,16}[\\w`.-]{1,40}[\\s]{1,60}\\||&[a-z]{2,8};)';
/** A word in a list of words, `Name; Date; Host` or `Python | Perl`: a program that does nothing without arguments, behind a word and with a blank before it. */
const NO_LIST = `(?!(?<=[a-z+#)][\\s]{0,2})[;|&][\\s]{1,2}(?:${LISTED_WORDS.join('|')})[\\s]{0,2}(?:$|[;|&][\\s]))`;

/** A program at the start of what backticks enclose. */
export const SUBSTITUTED = new RegExp(
  `\\s{0,4}(?:${ONLY}|${BOTH})(?=[\\s+\`]|$|\\$)`.replaceAll('~', '[\\s+]{0,16}'),
  'y',
);

/** Commands of shells behind what ends one before them, and what only shells read. */
export const COMMAND_SHAPES = shapes('command', [
  ['${', '\\$\\{[a-z_]\\w{0,20}:\\d{1,3}:\\d{1,3}\\}', 6, 'text made of pieces'],
  ['if', 'if~~\\[{1,2}~~[$"\'`!-]', 6, 'condition of a shell'],
  ['then fi done', '(?<=;~)(?:then|fi|done)\\b', 4, 'condition of a shell'],
  [
    'echo printf',
    '(?:echo|printf)~~[^\\n|]{0,200}\\|~(?:base64|xxd|sh|bash|rev|tr|openssl|sudo|python|perl|nc)\\b',
    6,
    'text run',
  ],
  [';$ && ||', '(?:&&|\\|\\||;)~\\$\\{?[a-z_]\\w{0,20}\\}?~(?:$|[;|&])', 5, 'variable called'],
  ['socket', '(?:(?<=use~~)socket~;|(?<=import~~(?:os,~)?)socket\\b|socket\\.socket~\\()', 5, 'connection of a shell'],
  ['inet', '(?<=/)inet/(?:tcp|udp)/', 8, 'connection of a shell'],
  ['$(', `\\$\\(~(?:${ONLY}|${BOTH})(?:[\\s+)|;<>&]|\\$)`, 7, 'command substituted'],
  ['$(', '\\$\\(\\(~[\\d\\s+*/%-]{1,30}\\)\\)', 6, 'arithmetic of a shell'],
  [
    '$i ${ $s $( $@',
    '\\$(?:ifs\\b|\\{ifs|\\{path[:#%]|\\{shell\\}|shell\\b~-c|\\(<|@\\b(?=[a-z]))',
    7,
    'variable of a shell',
  ],
  ['${', '\\$\\{[a-z_@#!]\\w{0,20}(?:[:%#/^,@][^}]{0,30})\\}', 3, 'variable of a shell'],
  ['$( $[ ${', '\\$\\(\\$?\\(?\\$?\\(?\\)|\\$\\[\\]|\\$\\{`', 4, 'substitution of a shell'],
  [';. |. &.', '[;|&]\\.(?:/[\\w.-]{1,40}|[\\s+]{1,4}/[a-z])', 5, 'command behind a separator'],
  ['$[', '\\$\\[~\\d{1,9}~[*+-]~\\d{1,9}~\\]', 5, 'arithmetic of a shell'],
  // What stands for the arguments, the name of the shell, or whatever another variable names: empty, or called.
  ['${', '\\$\\{(?:[@*]\\}(?=[a-z/])|![#\\w@*]{1,10}\\})', 5, 'variable of a shell'],
  ['$0', '\\$0~~-c\\b', 6, 'shell called'],
  [';$ |$ &$', '[;|&]\\$\\{?[a-z_]\\w{0,10}\\}?\\$\\{?[a-z_]', 6, 'variable called'],
  ['<( <<', '<\\(~[a-z/]{2,20}|<<<~[\'"]?[a-z]', 4, 'substitution of a shell'],
  [
    '<<',
    '(?<=(?:^|[;|&$(`\\s])(?:tr|rev|cat|base64|(?:ba|z|k|da)?sh|xxd|sed|awk|bc|nc|tac)\\b[^<\\n]{0,40})<<<',
    6,
    'text handed to a command',
  ],
  ['</', '</(?:etc|proc|dev|root|tmp)/[a-z\\d*?]', 5, 'redirection'],
  ['>/ >& >>', '>{1,2}~(?:/(?:dev|tmp|var|etc|home|www)/|&\\d|nul\\b)|>&~/dev/', 4, 'redirection'],
  ['dev', '(?<=/)dev/(?:tcp|udp)/', 8, 'redirection'],
  [
    'bin',
    '(?<=(?:^|[\\s=;|&`(\'",:])/?(?:usr/)?(?:local/)?/?)s?bin/[a-z*?\\[{][\\w*?\\[\\].-]{1,24}(?:~$|[\\s;|&]|\\b)',
    4,
    'path of a program',
  ],
  ['bin', '(?<=^/(?:usr/)?(?:local/)?s?)bin/[a-z*?\\[][\\w*?\\[\\].-]{1,24}', 6, 'path of a program'],
  ['bin', '(?<=^/(?:usr/)?)bin/(?:ba|z|k|c|tc|da)?sh\\b', 7, 'path of a program'],
  ['bash sh zsh ksh dash', '(?:ba|z|k|da)?sh~~-[a-z]{0,3}[ci]\\b', 7, 'shell called'],
  ['bash sh zsh ksh dash', '(?<=\\|~)(?:ba|z|k|da)?sh\\b', 6, 'shell called'],
  ['nc ncat netcat', 'n(?:et)?c(?:at)?~~(?:-[a-z]{1,6}~){1,3}[\\w.$-]{1,60}', 6, 'connection of a shell'],
  ['cmd', 'cmd(?:\\.exe)?~/~[ckr]\\b', 7, 'shell called'],
  ['powershell pwsh', '(?:powershell|pwsh)(?:\\.exe)?~~-\\w{1,16}', 7, 'shell called'],
  [
    'cat head tail more less type',
    '(?:cat|head|tail|more|less|type)[\\s+$<{]{1,4}(?:ifs\\}?\\$?\\d?)?(?:-[a-z\\d]{1,4}~)?(?:/(?:etc|proc|var|root|home|tmp|usr)/|[a-z]:\\\\|/[\\[?*])',
    6,
    'file printed',
  ],
  [
    'wget curl',
    '(?:wget|curl)~~(?:-[\\w-]{1,20}~~){0,6}[\'"]?(?:https?|ftp)://\\S{3,200}~(?:\\||-o|>|;|&&|`|$)',
    4,
    'file fetched',
  ],
  ['ping', '(?<=^[;|&`$(\\s]{0,6})ping~~-[nci]~\\d', 5, 'host probed'],
  ['nslookup dig', '(?<=^|[;|&`(]~)(?:nslookup|dig)~~[\\w-]{1,60}\\.[\\w.-]{2,100}', 5, 'host probed'],
  [
    [...SHELL_ONLY, 'cat', 'head', 'tail', 'more', 'less', 'echo', 'type', 'find', 'dir', 'source', 'sort']
      .filter((word) => /^[a-z]{2,}$/.test(word))
      .join(' '),
    '(?<=^\\W{0,6})[a-z]{2,20}\\d{0,2}(?:~~-{1,2}[a-z][\\w-]{0,20}){0,4}~~(?:/(?:etc|bin|usr|var|tmp|root|home|proc|dev|opt)\\b|[a-z]:[\\\\/]|\\.\\./)',
    6,
    'command on a path of the system',
  ],
  ['??', '(?<=/[\\w.-]{0,20})\\?{2,}[\\w?]{0,8}(?:/|$|\\s)', 5, 'path with wildcards'],
  ['[', '(?<=/[\\w/.-]{0,40}[a-z/])\\[[^\\]/]{1,4}\\][a-z]', 5, 'path with wildcards'],
  ['/? /* /[', '/[?*\\[][\\w?*\\[\\]]{1,20}/[\\w?*\\[\\]]{1,20}', 5, 'path with wildcards'],
  ['*', '(?<=/[a-z]{1,6})\\*[a-z]{0,8}/[a-z]{0,6}[*?][a-z*?]{1,10}', 5, 'path with wildcards'],
  ['{', '\\{[a-z]{2,12}(?:,[\\w/.$*-]{1,40}){1,6}\\}', 3, 'list of a shell'],
  [
    '{',
    `(?<=^|[;|&\`(]~)\\{(?:${ONLY}|${BOTH}(?=,[^}]{0,80}[/.$*:-])),[\\w/.$*:@?=&-]{0,80}[,}]`,
    6,
    'list of a shell',
  ],
  ["$'", "\\$'(?:\\\\x?[\\da-f]{2,3}){2,}", 6, 'text made of codes'],
  ['d', '(?<=base64~~-{1,2})d(?:ecode)?~\\|', 6, 'code unpacked'],
  ['etc', '(?<=/[\\[?*]{1,3})etc|etc/(?:pa[s\\[?*]|sh[a\\[?*]|[a-z]{0,4}\\[)', 4, 'path with wildcards'],
  ['rm', '(?<=^|[;|&`(\\s]~)rm~~-[rf]{1,3}~~[/*.\\x7e$]', 6, 'files removed'],
  ['()', '\\(\\)~\\{[^}]{0,40}[;:]', 9, 'function of a shell exported'],
  ['()', '\\(\\)~\\{~(?:$|:|_)', 7, 'function of a shell exported'],
  [
    'python perl ruby php node',
    '(?:python|perl|ruby|php|node)[\\d.]{0,4}~~-[cer]{1,2}~~[\'"]',
    6,
    'interpreter called',
  ],
  ['exec', '(?<=\\bfind~~[^\\n]{1,60}-)exec(?:dir)?~~[a-z/]', 6, 'program called by another'],
  ['action', '(?<=--checkpoint-)action~=~exec', 8, 'program called by another'],
  ['proxycommand', 'proxycommand~=', 6, 'program called by another'],
  ['sshcommand', '(?<=core\\.)sshcommand~=', 6, 'program called by another'],
  ['vim vi', 'vim?~~-c~~[\'"]?:!', 6, 'program called by another'],
  ['socat', 'socat~~[^\\n]{0,60}(?:tcp|exec|openssl|unix)[a-z\\d-]{0,12}:', 7, 'connection of a shell'],
  ['ruby perl python php node lua', '[a-z]{3,6}[\\d.]{0,4}(?:~~-[a-z]{2,12}){1,3}~~-e~?[\'"]', 6, 'interpreter called'],
  ['s_client', '(?<=openssl~~)s_client\\b', 6, 'connection of a shell'],
  ['iex', 'iex~\\(~?new-object', 7, 'code fetched and run'],
  ['downloadstring downloadfile', '(?<=\\.)download(?:string|file)~\\(', 6, 'code fetched and run'],
  ['certutil', 'certutil(?:\\.exe)?~~-(?:urlcache|decode|f)\\b', 7, 'file fetched'],
  ['bitsadmin', 'bitsadmin(?:\\.exe)?~~/(?:transfer|create|addfile)', 7, 'file fetched'],
  ['for', 'for~~/f~~[^\\n]{0,30}%{1,2}[a-z]~~in~~\\(', 7, 'loop of a command line'],
  ['comspec', '(?<=%)comspec(?:%|:)', 7, 'shell called'],
  // `w^h^o^a^m^i`: a command line drops the carets. Powers of letters do not go on for so long.
  ['^', '(?<=[a-z])\\^[a-z]\\^[a-z]\\^[a-z]', 5, 'command in disguise'],
]);

/** Tried only where a program's name stands behind what separates commands. */
export const SEPARATED_SHAPES = shapes('command', [
  [
    '; | &',
    `${NO_CELL}[;|&]{1,2}~(?:["'(]~)?(?:${ONLY})(?:${END}|${ARGUMENT}|[\\s+]{1,8}[\\w@.:/-]{1,60}~(?:$|[;|&\`)#\\n]))`,
    6,
    'command behind a separator',
  ],
  [
    '; | &',
    `${NO_CELL}${NO_LIST}[;|&]{1,2}~(?:["'(]~)?(?:${BOTH})${NO_TAG}${ARGUMENT}`,
    6,
    'command behind a separator',
  ],
  ['; | &', `${NO_CELL}${NO_LIST}[;|&]{1,2}~(?:${BOTH})~(?:$|[;|&\`])`, 5, 'command behind a separator'],
  [
    '\n \r',
    `(?<=^\\S{0,60}[\\r\\n]{0,1})[\\r\\n](?:(?:${ONLY}|${BOTH})(?:${ARGUMENT}|~$)|(?:${ONLY})~~[\\w@.:/-]{1,60}~$)`,
    5,
    'command behind a separator',
  ],
  // Behind blanks of a line, lists and markup have words.
  [
    '\n \r',
    `(?<=^\\S{0,60}\\s{0,16})[\\r\\n][\\t ]{1,8}(?:${ONLY})${NO_TAG}(?:${ARGUMENT}|~$|~~[\\w@.:/-]{1,60}~$)`,
    5,
    'command behind a separator',
  ],
  ['| &', `(?:\\|\\||&&)~(?:${ONLY})\\b`, 5, 'command behind a separator'],
  // `; chmod 777 /etc/passwd`: a word, and then what stands in no sentence.
  ['; | &', `${NO_CELL}[;|&]{1,2}~(?:${ONLY})[\\s+]{1,8}[\\w@.:=-]{1,40}${ARGUMENT}`, 6, 'command behind a separator'],
  [
    '; | & \n',
    '[;|&\\r\\n]{1,2}~(?:["\'(]~)?sleep~~\\d{1,5}(?:\\.\\d{1,3})?[smhd]?~(?:$|[;|&`)#\\n"\'])',
    6,
    'command that waits',
  ],
  [
    '& |',
    '[;|&]{1,2}~net~~(?:user|localgroup|group|share|view|use|start|stop|accounts)\\b~(?:$|[;|&/\\\\>]|[\\w.-]{1,40}~(?:$|[;|&/\\\\>]|[\\w!@#.-]{1,40}~/))',
    6,
    'command behind a separator',
  ],
]);
