import { shapes } from './shape.ts';

/** Attributes that directories have (RFC 4519, RFC 2307, and those of Windows), but for words of prose. */
const ATTRIBUTES =
  'objectclass objectcategory objectsid uid cn sn mail userpassword samaccountname userprincipalname memberof ou dc givenname displayname distinguishedname employeeid ' +
  'employeenumber telephonenumber homedirectory loginshell uidnumber gidnumber memberuid uniquemember useraccountcontrol primarygroupid pwdlastset lastlogon admincount serviceprincipalname';

export const LDAP_SHAPES = shapes('ldap', [
  ['*)', '\\*~\\)~\\(~(?:[|&!]|[a-z][\\w-]{0,30}~(?:=|>=|<=|\\x7e=))', 8, 'filter closed'],
  ['*(', '\\*~\\(~\\|~\\(', 8, 'filter opened'],
  [')( ))', '\\)~\\)?~\\(~(?:[|&]~\\(?|[!]\\(|[a-z][\\w-]{0,30}=\\*)', 6, 'filter closed'],
  ['(| (& (!', '\\(~[|&!]~\\(~[a-z][\\w-]{0,30}~[<>\\x7e]?=', 7, 'filter opened'],
  [ATTRIBUTES, '(?<=\\(~)[a-z]{2,24}~=[^()]{0,60}\\*?\\)', 5, 'condition of a filter'],
  ['*( )( *| *& )| )& *! )! ))', '[*)]~\\)?~\\(?~\\(?~[|&!]~\\(~(?:[|&!(]|[a-z][\\w-]{0,30}=)', 6, 'filter opened'],
  ['*( )(', '[*)]\\(\\(?[|&!]', 6, 'filter opened'],
  ['*(', '\\*\\(\\)[|&]', 7, 'filter opened'],
  [')(', '\\)\\([|&!]?\\(?$', 6, 'filter closed'],
  ['*)', '\\*\\){2,3}$', 5, 'filter closed'],
  [ATTRIBUTES, '(?<=(?:\\)~\\(|[|&!]~\\(?)~)[a-z]{2,24}~[<>\\x7e]?=[*\\w]{0,40}~(?:\\)|$)', 6, 'filter opened'],
  // RFC 4515: an assertion of another type behind a closed one, and one by a matching rule.
  [
    ')( ))',
    '\\)~\\)?~\\(~(?:\\d(?:\\.\\d{1,9}){2,12}=|[a-z][\\w;.-]{0,40}~(?:[<>\\x7e]=|:(?:dn:)?[\\w.-]{0,60}:?=))',
    6,
    'filter closed',
  ],
  [':=', '(?<=\\(~[a-z][\\w;.-]{0,40}:(?:dn:)?(?:[\\d.]{5,60}|[a-z]{3,40}match)~):=', 6, 'condition of a filter'],
  // `\2a\29\28`: the signs of a filter in its own escapes, where no client has to write any.
  ['\\', '\\\\2[a89](?:[a-z=*()|&!]{0,30}\\\\(?:2[a89]|00)){1,4}', 6, 'signs of a filter in escapes'],
  ['*)', '\\*\\)\\)?%00|\\*~\\)~\\)~\\x00', 8, 'filter cut off'],
]);

export const XPATH_SHAPES = shapes('xpath', [
  [
    'count string length name substring string',
    '(?:[a-z]{1,6}-)?[a-z]{4,14}~\\(~(?:/{1,2}[a-z*@.]|parent::|child::|/\\*)',
    7,
    'function over nodes',
  ],
  [
    'ancestor descendant child parent following preceding attribute self',
    '[a-z]{4,10}(?:-or-self|-sibling)?::(?:\\*|node\\(|text\\(|[a-z@])',
    6,
    'axis',
  ],
  ['//', '//(?:\\*|[a-z][\\w-]{0,30})(?:/(?:\\*|[a-z][\\w-]{0,30}|text\\(\\))){0,4}\\[', 5, 'path of nodes'],
  ['text node comment', '(?<=/)[a-z]{4,7}\\(\\)', 6, 'path of nodes'],
  ['position last', '(?:position|last)\\(\\)~=~\\d', 6, 'condition over nodes'],
  ['name', '(?<=(?:or|and)~~)name\\(\\)~=~[\'"]', 7, 'condition over nodes'],
  ['] ]|', '\\]~\\|~(?:/{1,2}|\\.{1,2}/|\\*)', 7, 'path closed'],
]);

/** A line that is no text of the value any more: of HTTP, of mail. */
export const HEADER_SHAPES = shapes('header', [
  [
    'set location content transfer access x refresh host cookie referer user',
    '(?<=^[^\\r\\n]{0,200}[\\r\\n]{1,4})(?:set-cookie2?|location~:~(?=[a-z]{2,8}:|/)|content-(?:type~:~(?=\\w+/)|length~:~(?=\\d)|disposition|security-policy|encoding)|transfer-encoding|access-control-[a-z-]{4,24}|x-[a-z-]{3,30}|refresh~:~(?=\\d)|host~:~(?=\\S+~[\\r\\n$])|cookie|referer|user-agent)~:?~\\S',
    6,
    'header of HTTP',
  ],
  ['set', '(?<=[\\r\\n])set-cookie~:~[\\w-]{1,40}=', 9, 'header of HTTP'],
  ['http', '(?<=[\\r\\n])http/\\d(?:\\.\\d)?~~\\d{3}', 9, 'status line of HTTP'],
  [
    'get post head put delete options trace connect patch',
    '(?<=[\\r\\n])[a-z]{3,7}~~(?:/|https?:)\\S{0,200}~~http/',
    9,
    'request line of HTTP',
  ],
  [
    'bcc cc to from reply subject mime return',
    '(?<=^(?!from|to:|subject|date|received)[^\\r\\n]{0,200}[\\r\\n]{1,4})(?:b?cc|to|from|reply-to|subject|mime-version|return-path)~:~[^\\r\\n]{0,60}@',
    6,
    'header of a mail',
  ],
  [
    'bcc mime x',
    '(?<=^(?!from|to:|subject|date|received)[^\\r\\n]{0,200}[\\r\\n]{1,4})(?:bcc|mime-version|x-mailer)~:',
    5,
    'header of a mail',
  ],
  [
    'quit noop rset data mail rcpt helo ehlo vrfy expn auth starttls',
    '(?<=[\\r\\n])(?:quit|noop|rset|data|mail~~from~:|rcpt~~to~:|helo~~|ehlo~~|vrfy~~|expn~~|auth~~login|starttls)~(?:[\\r\\n<]|$|\\S{3,60}~[\\r\\n])',
    6,
    'command of SMTP',
  ],
  [
    'capability fetch select login logout noop list search copy store uid create delete rename examine',
    '(?<=[\\r\\n][a-z]{0,2}\\d{1,6}~~)[a-z]{3,10}\\b',
    7,
    'command of IMAP',
  ],
  [
    'get post head put',
    '(?:get|post|head|put)~~(?:/\\S{0,200}|https?://\\S{1,200})~~http/\\d',
    6,
    'request line of HTTP',
  ],
  ['html script body meta', '(?<=[\\r\\n]{2}<)[a-z]{4,6}\\b', 6, 'document behind a header'],
]);

/** Objects as languages write them down. */
export const DESERIALIZATION_SHAPES = shapes('deserialization', [
  ['o c', '[oc]:\\+?\\d{1,4}:"[\\w\\\\]{1,100}":\\+?\\d{1,4}:\\{', 8, 'object of PHP'],
  ['a', 'a:\\d{1,4}:\\{(?:i|s):\\d{1,6}[:;]', 5, 'array of PHP'],
  ['ro', 'ro0ab[xq]', 8, 'object of Java'],
  ['aced', 'aced0005', 8, 'object of Java'],
  ['\u00ac', '\u00ac\u00ed\u0000\u0005', 9, 'object of Java'],
  ['aaeaaad', 'aaeaaad/{2,5}', 8, 'object of .NET'],
  ['_', '_\\$\\$nd_func\\$\\$_', 9, 'function of Node.js'],
  [
    'cos cposix cnt c__builtin__ c__builtins__ csubprocess',
    'c(?:os|posix|nt|__builtins?__|subprocess)[\\r\\n]{1,2}(?:system|popen|eval|exec|open|execfile|check_output)',
    9,
    'object of Python',
  ],
  ['type', '(?<=["\']\\$)type["\']~:~["\'](?:system\\.|microsoft\\.)', 8, 'object of .NET'],
  ['type', '(?<=["\']@)type["\']~:~["\'](?:com\\.|org\\.|java)', 8, 'object of Java'],
  ['objectdataprovider', 'objectdataprovider', 6, 'object of .NET'],
  ['gasv gajx gadv', 'ga[sjd][vx][\\w+/]{6,12}', 4, 'object of Python'],
  ['ysoserial', 'ysoserial', 5, 'object of Java'],
]);

export const GRAPHQL_SHAPES = shapes('graphql', [
  ['__schema', '__schema~\\{', 6, 'introspection'],
  ['__type', '__type~\\(~name', 6, 'introspection'],
]);

/** In front of a system identifier that could be anybody's. */
const ELSEWHERE = '(?!about:legacy-compat["\']|https?://(?:www\\.)?(?:w3\\.org|apple\\.com)/)';

/** Markup of XML that reaches out of the text: entities, inclusions; and of servers that include. */
export const XML_SHAPES = shapes('xml', [
  // By any name, and wherever it is fetched from: one with a public name alone is not, and those of the W3C and of property lists nobody can change.
  [
    '<!',
    `<!doctype~~[^\\s[<>"']+~(?:\\[|system~["']${ELSEWHERE}|public~(?:"[^"<>]*"|'[^'<>]*')~(?:\\[|["']${ELSEWHERE}))`,
    7,
    'document type with a subset',
  ],
  ['<!', '<!entity\\b', 8, 'entity declared'],
  ['<!', '<!(?:element|attlist|notation)~~[\\w:%]', 6, 'document type with a subset'],
  [
    'include',
    `(?<=<(?:[\\w-]{1,60}:)?)include\\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(?:href|schemalocation|namespace)~=`,
    7,
    'inclusion',
  ],
  [
    'xmlns',
    'xmlns:[\\w-]{1,20}~=~["\'](?:http://www\\.w3\\.org/2001/xinclude|http://www\\.w3\\.org/1999/xsl)',
    5,
    'inclusion',
  ],
  ['xs xsd', '(?<=<)xsd?:(?:include|import|redefine)\\b', 7, 'inclusion'],
  ['xsl', '(?<=<)xsl:(?:value-of|include|import|template|variable|stylesheet)\\b', 6, 'stylesheet'],
  ['<!', '<!--~#~(?:exec|include|echo|printenv|config|set|fsize|flastmod|if)\\b', 8, 'inclusion by the server'],
  ['<?', '<\\?xml-stylesheet\\b', 6, 'stylesheet'],
  ['esi', '(?<=<)esi:(?:include|inline|vars|debug|remove|assign)\\b', 7, 'inclusion by a cache'],
]);
