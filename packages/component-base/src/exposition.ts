export type Labels = Readonly<Record<string, string>>;

interface Family { type: 'counter' | 'gauge'; help: string; samples: string[] }

/** Builds Prometheus' text format from figures that were read, rather than counted here. */
export class Exposition {
  readonly #families = new Map<string, Family>();

  /** Declares a family; families without samples are left out. */
  declare(name: string, type: Family['type'], help: string): void { this.#families.set(name, { type, help, samples: [] }); }

  /** A missing value is not told. `labels` is ready text, see `labelText`; `atMs` is when the value was read. */
  add(name: string, labels: string, value: number | undefined, atMs?: number): void {
    if (value === undefined) return;
    this.#families.get(name)?.samples.push(`${name}${labels} ${value}${atMs === undefined ? '' : ` ${Math.round(atMs)}`}\n`);
  }

  toString(): string {
    const families = [...this.#families].filter(([, { samples }]) => samples.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    return families.map(([name, { type, help, samples }]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('')}`).join('');
  }
}

/** `{a="b",c="d"}`, in the order of the names. */
export function labelText(labels: Labels): string { return joinLabels(labelParts(labels)); }

/** Labels ready to be joined, also with others: most series of a group share theirs. */
export function labelParts(labels: Labels): string[] { return Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`); }

export function joinLabels(parts: readonly string[]): string { return parts.length === 0 ? '' : `{${[...parts].sort().join(',')}}`; }

function escape(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
