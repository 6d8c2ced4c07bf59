export interface Count {
  value: number;
}

/** Counts by a fixed number of labels, whose values come from the document and the catalogue, never from a client. */
export class CounterFamily {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #counts = new Map<string, Count>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  /** `key` is the label values joined by a newline, which no value holds. */
  add(key: string, count = 1): void {
    this.of(key).value += count;
  }

  /** The count of `key` itself, for who adds to it often. */
  of(key: string): Count {
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { value: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  render(): string {
    let text = `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} counter\n`;
    for (const [key, count] of this.#counts) {
      const values = key.split('\n');
      const labels = this.#labels.map((label, i) => `${label}="${escapeLabel(values[i] ?? '')}"`).join(',');
      text += `${this.#name}${labels === '' ? '' : `{${labels}}`} ${count.value}\n`;
    }
    return text;
  }
}

/** Escapes a label value (Prometheus text format). */
export function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
