import type { ThreatCollector } from './threat.ts';

/** Files that attackers read first, on any system. The separator may be missing: filters that drop slashes leave the rest. */
const TARGET =
  /etc[/\\]{0,3}(?:passwd|shadow|master\.passwd|sudoers|ssh[/\\]|my\.cnf)|\bproc[/\\]{1,3}(?:self|version|cmdline|environ|\d{1,6}[/\\])|(?:web|meta)-inf[/\\]?\w{2,}\.\w|\b(?:win|boot|system|php)\.ini\b|\.(?:htaccess|htpasswd|git[/\\](?:config|head|index)|env$|ssh[/\\]|aws[/\\]credentials|bash_history|kube[/\\]config)|\bid_(?:rsa|dsa|ecdsa|ed25519)\b|\bwp-config\.php|\bauthorized_keys\b|\bntuser\.dat\b/;
/** Places of a system that text may well name. */
const SYSTEM =
  /^[/\\]?etc[/\\](?:hosts\b|group\b|issue\b|crontab|nginx|apache2?|fstab)|\bproc[/\\]{1,3}net[/\\]|(?:web|meta)-inf\b|\b(?:my|desktop)\.ini\b|windows[/\\]{1,3}(?:win\.ini|system32|repair)|\.env\.\w{1,12}\b|\bweb\.config\b|\bvar[/\\]{1,3}(?:log|www|lib|run)[/\\]|\bsys[/\\]class\b|system32[/\\]|\bc\$[/\\]/;

/** Three dots in the place of a host, as in `https://.../logo.png`, stand for one that was left out. */
const UP =
  /(?<![.\w]|:\/\/(?=\.{3}))\.{2,4}(?:;[\w=]{0,20})?[/\\]|(?<!:\/(?=\/\.{3}))[/\\=]\.{2,4}(?:;[\w=]{0,20})?(?:[/\\]|$)|\.\.(?:0x(?:2f|5c)|x2f|x5c|%c0%af|%c1%9c)|0x2e0x2e|\.{2}\x00/g;
const WRAPPER =
  /^[\s'"(]{0,4}(?:php|phar|expect|glob|zlib|compress\.(?:zlib|bzip2)|zip|rar|ogg|ssh2(?:\.[a-z]{3,5})?|jar|netdoc|gopher|dict|tftp|sftp|ldaps?|ldapi|file|data|view-source|local_file|resource|classpath|chrome|res|mk|imap|pop3|smtp|smb|s3|svn\+ssh):(?:\/\/|\/(?=\w)|\\\\|file:|http|text\/plain|;base64|,)/;
const HARD =
  /^[\s'"(]{0,4}(?:php|phar|expect|zlib|compress\.\w{4,5}|jar|netdoc|gopher|dict|glob|ldap|ldaps|ldapi|local_file|file):/;

/**
 * Looks for paths that lead out of where they belong. `raw` is the text as it came, `text` the same in lower case, decoded: steps up that had
 * to be decoded first were hidden.
 */
export function detectPaths(raw: string, text: string, threats: ThreatCollector): void {
  const dots = text.includes('..') || text.includes('x2e');
  const alone = !/\s/.test(raw.trim().slice(0, 400));
  let steps = 0;
  if (dots) {
    UP.lastIndex = 0;
    while (steps < 8 && UP.test(text)) steps += 1;
  }
  // In text with blanks the shapes look for such files where one of their words stands.
  const target = (alone || steps > 0) && TARGET.test(text);
  if (steps > 0) {
    const hidden = !raw.includes('../') && !raw.includes('..\\') && !raw.endsWith('..');
    const leading = /^[\s'"]{0,4}[/\\]{0,6}\.{1,3}[/\\;0]/.test(text);
    let score = alone ? (steps > 1 ? 6 : leading ? (text.length < 8 ? 5 : 4) : 4) : steps > 5 ? 5 : steps > 1 ? 3 : 2;
    if (leading && /^[/\\]/.test(text.trim())) score += 2;
    if (text.includes('..\\') || /\.{3,4}[/\\]/.test(text)) score += 1;
    if (hidden) score += 3;
    if (target) score += 3;
    threats.add('path', Math.min(10, score), 'steps up');
  }
  if (target) threats.add('path', alone ? 6 : 4, 'file of the system');
  else if (alone && SYSTEM.test(text))
    threats.add('path', steps > 0 ? 6 : /^[/\\]/.test(text) ? 4 : 3, 'file of the system');
  // Filters that drop separators, or take several dots for steps, leave runs of dots.
  if (dots && (/^[/\\]?\.{6,}[a-z{]/.test(text) || /^[/\\]\.{2,}[a-z{]/.test(text)))
    threats.add('path', 5, 'run of dots');
  if (text.includes('/./././') && /(?:\/\.){6}/.test(text)) threats.add('path', 6, 'steps in place');
  if (text.length > 200 && /^[/\\](\w)\1{200}/.test(text)) threats.add('path', 5, 'overlong path');
  if (WRAPPER.test(text))
    threats.add('path', HARD.test(text) ? (text.startsWith('file:') ? 5 : 7) : 3, 'wrapper of a stream');
  if (text.includes('\\\\') && /^[\s'"]{0,2}\\\\(?:[\w.:?-]{1,60}|\[[\da-f:]{2,40}\])\\(?:[\w.$:-]{1,60})/.test(text))
    threats.add('path', /\\[a-z]\$(?:\\|$)|^\W{0,3}\\\\(?:\.|\?|[\d.:[]+)\\/.test(text) ? 7 : 5, 'share of a network');
  if (text.includes('\u0000')) threats.add('path', 5, 'null byte');
}
