import { parseExposition } from './parse-exposition.ts';
import { podUsage, usageBetween } from './usage.ts';

const TEXT = `# HELP node_cpu_usage_seconds_total x
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 10.5 2000
node_memory_working_set_bytes 1048576 2000
container_cpu_usage_seconds_total{container="a",namespace="n",pod="p"} 1 2000
container_memory_working_set_bytes{container="a",namespace="n",pod="p"} 2048 2000
container_cpu_usage_seconds_total{container="half",namespace="n",pod="p"} 1
container_memory_working_set_bytes{container="odd",namespace="n",pod="q"} NaN
other_metric{a="b"} 1
nonsense
`;

describe('parseExposition', () => {
  it('reads whole samples of the node and of containers, and nothing else', () => {
    const { node, pods } = parseExposition(TEXT, 7);
    expect(node).toEqual({ cpuSeconds: 10.5, memoryBytes: 1_048_576, atMs: 2_000 });
    expect([...pods].map(([key, containers]) => [key, [...containers]])).toEqual([['n/p', [['a', { cpuSeconds: 1, memoryBytes: 2_048, atMs: 2_000 }]]]]);
  });

  it('takes the time of the answer for samples without one', () => {
    expect(parseExposition('node_cpu_usage_seconds_total 1\nnode_memory_working_set_bytes 2', 7).node?.atMs).toBe(7);
  });
});

describe('usageBetween', () => {
  const sample = (cpuSeconds: number, atMs: number, memoryBytes = 4_096): { cpuSeconds: number; memoryBytes: number; atMs: number } => ({ cpuSeconds, memoryBytes, atMs });
  it.each([
    [sample(1, 1_000), sample(1.5, 2_000), { usage: { cpu: '500m', memory: '4Ki' }, atMs: 2_000, windowMs: 1_000 }],
    [sample(1, 0), sample(1.000_012_345, 1_000, 1_500), { usage: { cpu: '12345n', memory: '1500' }, atMs: 1_000, windowMs: 1_000 }],
    [undefined, sample(1, 1), undefined],
    [sample(1, 1), sample(2, 1), undefined],
    [sample(2, 1), sample(1, 2), undefined],
  ])('%j, then %j', (before, now, usage) => { expect(usageBetween(before, now)).toEqual(usage); });

  it('tells of whole pods alone', () => {
    const samples = (...names: string[]): ReturnType<typeof parseExposition> => ({ node: undefined, pods: new Map([['n/p', new Map(names.map((name, index) => [name, sample(index, names.length * 1_000)]))]]) });
    expect([...podUsage('n/p', samples('a'), samples('a', 'b'))?.keys() ?? []]).toEqual([]);
    expect([...podUsage('n/p', samples('a', 'b'), { ...samples('a', 'b'), pods: new Map([['n/p', new Map([['a', sample(9, 9_000)]])]]) })?.keys() ?? []]).toEqual(['a']);
  });
});
