/** The state of everything at a moment of a soak. */
export interface Sample {
  /** Since the beginning, s. */
  readonly second: number;
  readonly processes: readonly ProcessSample[];
  readonly etcdBytes: number;
  readonly etcdBytesInUse: number;
  /** Open at all API servers. */
  readonly watches: number;
  /** Of the calls since the sample before, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly calls: number;
  readonly errors: number;
}

export interface ProcessSample { readonly name: string; readonly residentBytes: number; readonly files: number }

/** One line a sample; a process has two columns. All samples have the processes of the first. Pure. */
export function toCsv(samples: readonly Sample[]): string {
  const names = samples[0]?.processes.map(({ name }) => name) ?? [];
  const head = ['second', ...names.flatMap((name) => [`${name} MB`, `${name} files`]), 'etcd MB', 'etcd MB in use', 'watches', 'p50 ms', 'p99 ms', 'calls', 'errors'];
  const lines = samples.map((sample) => {
    const processes = names.flatMap((name) => {
      const one = sample.processes.find((process) => process.name === name);
      return one === undefined ? ['', ''] : [megabytes(one.residentBytes), String(one.files)];
    });
    return [String(sample.second), ...processes, megabytes(sample.etcdBytes), megabytes(sample.etcdBytesInUse), String(sample.watches), sample.p50Ms.toFixed(1), sample.p99Ms.toFixed(1), String(sample.calls), String(sample.errors)];
  });
  return `${[head, ...lines].map((cells) => cells.join(',')).join('\n')}\n`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
