/** What a node or container had used up when it was looked at. */
export interface UsageSample {
  /** Of all time. */
  cpuSeconds: number;
  memoryBytes: number;
  /** ms since 1970. */
  atMs: number;
}

/** One answer of a node agent. */
export interface NodeSamples {
  node: UsageSample | undefined;
  /** By `namespace/pod`, then by container. */
  pods: ReadonlyMap<string, ReadonlyMap<string, UsageSample>>;
}

/** Lines beyond are not read: no node runs that much. */
const LINES_MAX = 200_000;
const LINE = /^(node|container)_(cpu_usage_seconds_total|memory_working_set_bytes)(?:\{([^}]*)\})? ([^ ]+)(?: (\d+))?$/;
const LABEL = /(\w+)="([^"]*)"/g;

/** Reads what /metrics/resource of a kubelet says. Pure; lines of other metrics and of no sense are passed over. */
export function parseExposition(text: string, nowMs: number): NodeSamples {
  let node: Partial<UsageSample> | undefined;
  const pods = new Map<string, Map<string, Partial<UsageSample>>>();
  for (const line of text.split('\n', LINES_MAX)) {
    const [, of, what, labels = '', value = '', at] = LINE.exec(line) ?? [];
    const number = Number(value);
    if (of === undefined || !Number.isFinite(number) || number < 0) continue;
    const sample = of === 'node' ? node ??= {} : containerSample(pods, labels);
    if (what === 'cpu_usage_seconds_total') Object.assign(sample, { cpuSeconds: number, atMs: at === undefined ? nowMs : Number(at) });
    else sample.memoryBytes = number;
  }
  return { node: isWhole(node) ? node : undefined, pods: wholePods(pods) };
}

function containerSample(pods: Map<string, Map<string, Partial<UsageSample>>>, text: string): Partial<UsageSample> {
  const labels = new Map([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]));
  const key = `${labels.get('namespace') ?? ''}/${labels.get('pod') ?? ''}`;
  const containers = pods.get(key) ?? new Map<string, Partial<UsageSample>>();
  pods.set(key, containers);
  const name = labels.get('container') ?? '';
  const sample = containers.get(name) ?? {};
  containers.set(name, sample);
  return sample;
}

function wholePods(pods: ReadonlyMap<string, ReadonlyMap<string, Partial<UsageSample>>>): NodeSamples['pods'] {
  return new Map([...pods].map(([key, containers]) => [key, new Map([...containers].filter((entry): entry is [string, UsageSample] => isWhole(entry[1])))]));
}

function isWhole(sample: Partial<UsageSample> | undefined): sample is UsageSample {
  return sample?.cpuSeconds !== undefined && sample.memoryBytes !== undefined;
}
