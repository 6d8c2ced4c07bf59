/** One sample of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN)|\+Inf)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

/**
 * Reads the Prometheus text format 0.0.4 strictly: HELP and TYPE once before the samples of each family, families in one piece, no series
 * twice, buckets that add up. Throws where a scraper might.
 */
export function readPrometheus(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (!NAME.test(name) || types.has(name)) throw new Error(`a family that is not in one piece: ${line}`);
      family = name;
    } else if (kind === 'TYPE') {
      if (name !== family || !['counter', 'gauge', 'histogram'].includes(rest))
        throw new Error(`a TYPE out of place: ${line}`);
      types.set(name, rest);
    } else {
      const sample = readSample(line);
      const base = types.get(family) === 'histogram' ? sample.name.replace(/_(bucket|sum|count)$/, '') : sample.name;
      if (base !== family) throw new Error(`a sample outside its family: ${line}`);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (series.has(key)) throw new Error(`a series twice: ${key}`);
      series.add(key);
      samples.push(sample);
    }
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples);
  return samples;
}

function readSample(line: string): Sample {
  const [, name, labelText, value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${JSON.stringify(line)}`);
  const labels: Record<string, string> = {};
  let rest = labelText ?? '';
  while (rest !== '') {
    const [all, label = '', text = ''] = LABEL.exec(rest) ?? [];
    if (all === undefined || label in labels) throw new Error(`labels that cannot be read: ${line}`);
    labels[label] = text;
    rest = rest.slice(all.length);
  }
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (buckets.some((bucket, i) => i > 0 && bucket.value < (buckets[i - 1]?.value ?? 0)))
    throw new Error(`${name}: buckets do not add up`);
  if (buckets.at(-1)?.labels['le'] !== '+Inf' || buckets.at(-1)?.value !== count)
    throw new Error(`${name}: the last bucket is not the count`);
}
