/** The state of everything at a moment of a soak. */
export interface Sample {
  /** Since the beginning, s. */
  readonly second: number;
  readonly processes: readonly ProcessSample[];
  /** Of those API servers that answered. */
  readonly heaps: readonly HeapSample[];
  /** Undefined, like the next three, where nobody answered. */
  readonly etcdBytes: number | undefined;
  readonly etcdBytesInUse: number | undefined;
  /** Stored, of all kinds. */
  readonly objects: number | undefined;
  /** Open at all API servers. */
  readonly watches: number | undefined;
  /** Of the calls since the sample before, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly calls: number;
  /** Why calls failed since the sample before. */
  readonly failures: readonly string[];
}

/** What a process of Node.js says of its own memory: objects (garbage not yet collected among them), the room that V8 has for them, bytes outside it. */
export interface HeapSample { readonly name: string; readonly usedBytes: number; readonly roomBytes: number; readonly externalBytes: number }
export interface ProcessSample { readonly name: string; readonly pid: number; readonly residentBytes: number; readonly files: number }

/** A figure of the one of this name; undefined where it is not there. Pure. */
export function figureOf<T extends { readonly name: string }>(all: readonly T[], name: string, of: (one: T) => number): number | undefined {
  const one = all.find((other) => other.name === name);
  return one === undefined ? undefined : of(one);
}

/** The first line of a table of samples. A process has two columns, a heap three; all samples have those of the first. Pure. */
export function csvHead(first: Sample): string {
  return lineOf(['second', ...first.processes.flatMap(({ name }) => [`${name} MB`, `${name} files`]), ...first.heaps.flatMap(({ name }) => ['used', 'room', 'external'].map((part) => `${name} ${part} MB`)), 'etcd MB', 'etcd MB in use', 'objects', 'watches', 'p50 ms', 'p99 ms', 'calls', 'errors']);
}

/** The line of a sample in the table that `first` begins. Pure. */
export function csvLine(sample: Sample, first: Sample): string {
  const processes = first.processes.flatMap(({ name }) => {
    const one = sample.processes.find((process) => process.name === name);
    return one === undefined ? ['', ''] : [megabytes(one.residentBytes), String(one.files)];
  });
  const heaps = first.heaps.flatMap(({ name }) => {
    const one = sample.heaps.find((heap) => heap.name === name);
    return [one?.usedBytes, one?.roomBytes, one?.externalBytes].map(megabytes);
  });
  return lineOf([String(sample.second), ...processes, ...heaps, megabytes(sample.etcdBytes), megabytes(sample.etcdBytesInUse), String(sample.objects ?? ''), String(sample.watches ?? ''), sample.p50Ms.toFixed(1), sample.p99Ms.toFixed(1), String(sample.calls), String(sample.failures.length)]);
}

const lineOf = (cells: readonly string[]): string => `${cells.join(',')}\n`;
const megabytes = (bytes: number | undefined): string => bytes === undefined ? '' : (bytes / 1e6).toFixed(1);
