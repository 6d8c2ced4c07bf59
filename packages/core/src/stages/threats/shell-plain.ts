const BLANKS = /\$\{?ifs\}?(?:\$\d|\$@)?|\$\{ifs[^}]{0,20}\}/g;
const EMPTY =
  /(?<=[\w/$])(?:''|""|``|['"]|\$[@*\d]|\$\{[@*\d]\}|\\(?=\w)|\$\(\))+(?=[\w/])|(?<=^|[;|&`(/\s])\\(?=[a-z])/g;
/** A variable nobody has set, put into a word: `c$u` + `at`. */
const UNSET =
  /(?<=[a-z/])\$[a-z]{1,2}\d?(?=[\s/;|&]|$)|(?<=[;|&]\s{0,4})\$[a-z]{1,2}\s{1,4}(?=[a-z])|(?<=^|[\s;|&])\$[a-z]{1,2}(?=\/[a-z])|(?<=[;|&]\s{0,4})\$\{[a-z]\w{0,10}\}(?=[a-z])/g;

/** A variable, an escape, an empty or short quoted piece in a word: what there is to drop. An apostrophe is none. */
const HIDES = /[$\\]|['"]{2}|\w['"]\w{0,8}['"]|(?<![\w'"])['"]\w{1,8}['"]\w/;

/** A text as a shell would read it: variables that are blanks as blanks, what it drops from inside of words dropped. Linear. */
export function shellPlain(text: string): string {
  if (!HIDES.test(text)) return text;
  return text.replace(BLANKS, ' ').replace(EMPTY, '').replace(UNSET, '');
}
