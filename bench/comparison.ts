// The table of a benchmark: pure, so that it can be tested.

/** One mode against one server, as load generators print it with -json. */
export interface ModeResult { mode: string; rate: number; p50ms: number; p99ms: number; failures: number; note: string }

export interface ServerResult {
  name: string;
  readyMs: number;
  idleBytes: number;
  loadedBytes: number;
  modes: readonly (ModeResult & { cpuUsPerOperation: number })[];
}

/** Operations of one mode's measure: `rate` counts them. */
export function parseModes(output: string): ModeResult[] {
  return output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as ModeResult); // the generators' own form
}

/** Rows of text: ours beside the other where there is one. */
export function comparisonTable(ours: ServerResult, other: ServerResult | undefined): string {
  const rows = [['', ours.name, 'CPU', 'p99', ...(other === undefined ? [] : [other.name, 'CPU', 'p99', 'ratio'])]];
  ours.modes.forEach((mode, index) => { rows.push([mode.mode, ...cells(mode), ...otherCells(mode, other?.modes[index], other !== undefined)]); });
  rows.push(figureRow('start to /readyz', [ours, other], ({ readyMs }) => readyMs, (ms) => `${ms.toFixed(0)} ms`));
  rows.push(figureRow('resident, idle', [ours, other], ({ idleBytes }) => idleBytes, megabytes));
  rows.push(figureRow('resident, after', [ours, other], ({ loadedBytes }) => loadedBytes, megabytes));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart((widths[column] ?? 0) + 2))).join('').trimEnd()).join('\n');
}

function cells({ rate, cpuUsPerOperation, p99ms, failures }: ServerResult['modes'][number]): string[] {
  return [`${rate.toFixed(rate < 100 ? 1 : 0)} /s${failures > 0 ? ` (${failures} failed)` : ''}`, `${cpuUsPerOperation.toFixed(0)} µs`, `${p99ms.toFixed(1)} ms`];
}

function otherCells(mine: ServerResult['modes'][number], its: ServerResult['modes'][number] | undefined, isWanted: boolean): string[] {
  if (its === undefined) return isWanted ? ['', '', '', ''] : [];
  return [...cells(its), `${(mine.rate / its.rate).toFixed(2)}x`];
}

function figureRow(name: string, [ours, other]: readonly [ServerResult, ServerResult | undefined], of: (result: ServerResult) => number, shown: (value: number) => string): string[] {
  return [name, shown(of(ours)), '', '', ...(other === undefined ? [] : [shown(of(other)), '', '', `${(of(ours) / of(other)).toFixed(2)}x`])];
}

function megabytes(bytes: number): string { return `${(bytes / 1e6).toFixed(0)} MB`; }
