/** One file of bench/ that is a benchmark, as the command line knows it. */
export interface Benchmark {
  readonly what: string;
  /** Options that take a value, and their defaults. */
  readonly options?: Readonly<Record<string, string>>;
  /** What may stand behind the name; `…` at the end: several times. */
  readonly argument?: string;
}

const LOAD = { seconds: '3', rounds: '3', 'warm-up': '6', connections: '32' };

/** Every benchmark, by the name of its file. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  proxies: {
    what: 'Sallyport and its peers, on one core each, interleaved',
    options: { ...LOAD, only: 'nginx,sallyport,…', workloads: 'get,post,both' },
  },
  stages: {
    what: 'what each stage costs a request, with 1, 100 and 10,000 rules of a kind',
    options: { rounds: '60', counts: '1,100,10000', kinds: 'policies,roles,…' },
  },
  http2: {
    what: 'the same over TLS, by HTTP/2 and by HTTP/1.1, beside nginx',
    options: { ...LOAD, streams: '10', only: 'nginx,sallyport' },
  },
  'load-document': { what: 'load time and memory of a document', argument: 'FILE [RUNS]' },
  head: { what: 'the head stage, the router, and the headers for the upstream' },
  token: { what: 'verifying tokens, cached and not' },
  possession: { what: 'introspected tokens, and tokens with a proof of possession' },
  'shared-proofs': { what: 'used DPoP proofs in a store; BENCH_STORE=postgres://… for another than SQLite' },
  keys: { what: 'keys of a store: a thousand and a million of them', argument: '[KEYS]' },
  policies: { what: 'attribute policies: 1, 100 and 10,000 of them, beside the reference engine' },
  revocations: { what: 'what a verified token costs with a million revocations', argument: '[REVOCATIONS]' },
  roles: { what: 'asking for a role, with 1, 100 and 10,000 of them' },
  ownership: { what: 'asking whose an object is: by a claim, a prefix, over the answer' },
  limits: { what: 'taking from counters' },
  data: { what: 'keeping members back, and looking for sensitive data' },
  encryption: { what: 'encrypted fields: 1, 10 and 100 of them, with and without an index' },
  threats: {
    what: 'injections: what is caught, what is alarmed at by mistake, what a look costs',
    argument: '[FILE.json …]',
  },
  'json-walker': { what: 'checking JSON bytes against JSON.parse and a validator' },
  memory: { what: 'memory after many requests with unique everything', argument: '[REQUESTS]' },
};

/** What was typed behind `npm run bench --`: a benchmark and its words, or what to say instead of running one, `isWrong` where that is a mistake. */
export type BenchCommand =
  | { readonly name: string; readonly words: readonly string[] }
  | { readonly say: string; readonly isWrong: boolean };

/** Reads a command line: `proxies` where no name is given. A name, an option or a word that nothing takes is answered with the list. */
export function readBenchCommand(words: readonly string[]): BenchCommand {
  const named = words[0] !== undefined && !words[0].startsWith('-');
  const name = named ? (words[0] as string) : 'proxies';
  const rest = named ? words.slice(1) : words;
  if (words.some((word) => word === '--help' || word === '-h')) return { say: benchHelp(), isWrong: false };
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark === undefined) return wrong(`there is no benchmark ${JSON.stringify(name)}`);
  const { options = {}, argument = '' } = benchmark;
  let most = argument.includes('…') ? Infinity : argument === '' ? 0 : argument.split(' ').length;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (!word.startsWith('-')) {
      if (--most < 0) return wrong(`${name} does not take ${JSON.stringify(word)}`);
      continue;
    }
    if (!word.startsWith('--') || !Object.hasOwn(options, word.slice(2)))
      return wrong(`${name} has no option ${JSON.stringify(word)}`);
    at += 1;
    if (rest[at] === undefined) return wrong(`${word} takes a value`);
  }
  if (argument !== '' && !argument.startsWith('[') && rest.length === 0) return wrong(`${name} takes ${argument}`);
  return { name, words: rest };
}

function wrong(message: string): BenchCommand {
  return { say: `bench: ${message}\n\n${benchHelp()}`, isWrong: true };
}

/** The list of benchmarks with what each takes. */
export function benchHelp(): string {
  const lines = Object.entries(BENCHMARKS).flatMap(([name, { what, options, argument }]) => {
    const taken = [argument ?? '', ...Object.entries(options ?? {}).map(([option, value]) => `--${option} ${value}`)];
    const takes = taken.filter((text) => text !== '').join(' ');
    return [`  ${name.padEnd(14)} ${what}`, ...(takes === '' ? [] : [`  ${''.padEnd(14)} ${takes}`])];
  });
  return `npm run bench -- [name] [options]    proxies where no name is given\n\n${lines.join('\n')}`;
}
