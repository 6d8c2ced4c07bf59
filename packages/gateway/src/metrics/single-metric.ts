/** A metric without labels, in Prometheus' text format. */
export function renderGauge(name: string, help: string, value: number): string {
  return render(name, help, 'gauge', value);
}

/** The same, of a number that only grows. */
export function renderCounter(name: string, help: string, value: number): string {
  return render(name, help, 'counter', value);
}

function render(name: string, help: string, type: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
}
