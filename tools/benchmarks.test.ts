import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchHelp, BENCHMARKS, readBenchCommand } from './benchmarks.ts';

const BENCH = resolve(import.meta.dirname, '../bench');
const read = (name: string): string => readFileSync(resolve(BENCH, name), 'utf8');
/** What benchmarks are made of. */
const PARTS = ['fixed-key-set', 'measuring', 'memory-door', 'pinned-process', 'proxy-document', 'run-folder'];

describe('npm run bench', () => {
  it('knows every benchmark, and the guide has each with all it takes', () => {
    const files = readdirSync(BENCH).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
    expect(Object.keys(BENCHMARKS).toSorted()).toEqual(files.filter((file) => !PARTS.includes(file)).toSorted());
    const guide = read('README.md');
    for (const [name, { options }] of Object.entries(BENCHMARKS)) {
      expect(guide).toMatch(new RegExp(`npm run bench -- ${name}\\b`));
      for (const option of Object.keys(options ?? {})) expect(guide).toContain(`\`--${option}`);
    }
  });

  it('knows no option that a benchmark does not read', () => {
    for (const [name, { options }] of Object.entries(BENCHMARKS))
      for (const option of Object.keys(options ?? {}))
        expect(read(`${name}.ts`), `${name} --${option}`).toMatch(
          new RegExp(`(?:flag|text)\\('${option}'|\\b${option}: \\{ type: 'string'`),
        );
  });

  it('runs proxies where no name is given, and hands words on', () => {
    expect(readBenchCommand([])).toEqual({ name: 'proxies', words: [] });
    expect(readBenchCommand(['--only', 'nginx'])).toEqual({ name: 'proxies', words: ['--only', 'nginx'] });
    expect(readBenchCommand(['threats', 'a.json', 'b.json'])).toEqual({ name: 'threats', words: ['a.json', 'b.json'] });
  });

  it.each([
    [['nonsense'], 'there is no benchmark "nonsense"'],
    [['constructor'], 'there is no benchmark "constructor"'],
    [['stages', '--seconds', '1'], 'stages has no option "--seconds"'],
    [['limits', '--rounds', '1'], 'limits has no option "--rounds"'],
    [['roles', 'x'], 'roles does not take "x"'],
    [['proxies', '--rounds'], '--rounds takes a value'],
    [['load-document'], 'load-document takes FILE [RUNS]'],
  ])('answers %j with what is wrong and the list', (words, message) => {
    expect(readBenchCommand(words)).toEqual({ say: `bench: ${message}\n\n${benchHelp()}`, isWrong: true });
  });

  it('answers --help with the list and runs nothing', () => {
    for (const words of [['--help'], ['stages', '--help'], ['-h']])
      expect(readBenchCommand(words)).toEqual({ say: benchHelp(), isWrong: false });
    expect(benchHelp()).toContain('--warm-up 6');
  });
});
