import type { coreV1 } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { ClusterCache } from '../src/cache/cluster-cache.ts';
import { schedulePod } from '../src/cycle/schedule-pod.ts';
import { assignedPodAdd, nodeAdd } from '../src/framework/cluster-event.ts';
import type { Plugin } from '../src/framework/plugin.ts';
import { registrationsOf } from '../src/config/make-profiles.ts';
import { RequeueHints } from '../src/queue/requeue-hints.ts';
import { SchedulingQueue } from '../src/queue/scheduling-queue.ts';
import { TestCluster, testNode, testPod, type PodParts } from '../src/test-support/test-cluster.ts';

/**
 * The rows of Kubernetes' scheduler_perf through queue, decision and cache, without an API server:
 *
 *     npx tsx --conditions=source services/scheduler/bench/scheduler-perf.bench.ts [--nodes=5000] [--pods=1000] [ROW …]
 *
 * Prints pods a second of processor time, Kubernetes' threshold for scheduler, API server and etcd together, and a hash of the decisions.
 */
interface Row {
  name: string;
  /** Pods a second that Kubernetes' scheduler has to reach on 5,000 nodes. */
  threshold: number;
  /** Before the measurement begins; placed like the others. */
  initial: (i: number) => PodParts;
  measured: (i: number) => PodParts;
  /** Pods that find no node; they stay in the queue. */
  stuck?: PodParts;
}

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const small: PodParts = { requests: { cpu: '100m', memory: '500Mi' } };
const plain = (): PodParts => small;
const labelled = (color: string, more: PodParts = {}) => (): PodParts => ({ ...small, labels: { color }, ...more });
const term = (color: string, topologyKey: string): coreV1.PodAffinityTerm => ({ topologyKey, labelSelector: { matchLabels: { color } } });
const required = (kind: 'podAffinity' | 'podAntiAffinity', one: coreV1.PodAffinityTerm): PodParts => ({ affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [one] } } });
const preferred = (kind: 'podAffinity' | 'podAntiAffinity', one: coreV1.PodAffinityTerm): PodParts => ({ affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: one }] } } });
const spread = (whenUnsatisfiable: string): PodParts => ({ topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector: { matchLabels: { color: 'blue' } } }] });
const inZones: PodParts = { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['zone-1', 'zone-2'] }] }] } } } };
const everyNamespace = (one: coreV1.PodAffinityTerm): coreV1.PodAffinityTerm => ({ ...one, namespaceSelector: {} });

const rows: readonly Row[] = [
  { name: 'SchedulingBasic', threshold: 270, initial: plain, measured: plain },
  { name: 'SchedulingDaemonset', threshold: 390, initial: plain, measured: (i) => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [`node-${i}`] }] }] } } } }) },
  { name: 'SchedulingNodeAffinity', threshold: 220, initial: plain, measured: () => ({ ...small, ...inZones }) },
  { name: 'TopologySpreading', threshold: 85, initial: plain, measured: labelled('blue', spread('DoNotSchedule')) },
  { name: 'PreferredTopologySpreading', threshold: 125, initial: plain, measured: labelled('blue', spread('ScheduleAnyway')) },
  { name: 'SchedulingPodAffinity', threshold: 35, initial: labelled('blue', required('podAffinity', term('blue', ZONE))), measured: labelled('blue', required('podAffinity', term('blue', ZONE))) },
  { name: 'SchedulingPodAntiAffinity', threshold: 60, initial: labelled('green', required('podAntiAffinity', term('green', HOST))), measured: labelled('green', required('podAntiAffinity', term('green', HOST))) },
  { name: 'PreferredPodAffinity', threshold: 90, initial: labelled('red', preferred('podAffinity', term('red', HOST))), measured: labelled('red', preferred('podAffinity', term('red', HOST))) },
  { name: 'PreferredPodAntiAffinity', threshold: 90, initial: labelled('yellow', preferred('podAntiAffinity', term('yellow', HOST))), measured: labelled('yellow', preferred('podAntiAffinity', term('yellow', HOST))) },
  { name: 'RequiredPodAntiAffinityWithNSSelector', threshold: 24, initial: labelled('green', required('podAntiAffinity', everyNamespace(term('green', HOST)))), measured: labelled('green', required('podAntiAffinity', everyNamespace(term('green', HOST)))) },
  { name: 'Unschedulable', threshold: 170, initial: plain, measured: plain, stuck: { requests: { cpu: '1000' } } },
];

function main(args: readonly string[]): void {
  const flag = (name: string, fallback: number): number => Number(args.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
  const [nodes, pods] = [flag('nodes', 5000), flag('pods', 1000)];
  const wanted = args.filter((one) => !one.startsWith('--'));
  for (const row of rows) if (wanted.length === 0 || wanted.includes(row.name)) run(row, nodes, pods);
}

function run(row: Row, nodeCount: number, podCount: number): void {
  const bench = new Bench(nodeCount);
  for (let i = 0; i < podCount; i++) bench.queue.add(testPod(row.initial(i)));
  bench.drain();
  for (let i = 0; row.stuck !== undefined && i < 200; i++) bench.queue.add(testPod(row.stuck));
  bench.drain();
  for (let i = 0; i < podCount; i++) bench.queue.add(testPod(row.measured(i)));
  const before = process.cpuUsage();
  const placed = bench.drain();
  const { user, system } = process.cpuUsage(before);
  const perSecond = placed / ((user + system) / 1e6);
  process.stdout.write(`${row.name.padEnd(38)} ${String(nodeCount).padStart(5)} nodes ${String(placed).padStart(6)} pods ${perSecond.toFixed(0).padStart(6)}/s (Kubernetes: ${row.threshold}) ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MB ${(bench.hash >>> 0).toString(16)}\n`);
}

class Bench {
  readonly #cluster = new TestCluster([]);
  readonly #cache = new ClusterCache();
  readonly #rng = seededRng(1);
  readonly queue: SchedulingQueue;
  #startIndex = 0;
  /** Of all decisions in their order. */
  hash = 0;

  constructor(nodes: number) {
    const { profile } = this.#cluster;
    this.queue = new SchedulingQueue({
      clock: systemClock, before: (profile.plugins.queueSort[0] as Plugin).before as NonNullable<Plugin['before']>, backoff: { initialMs: 1000, maxMs: 10_000 }, preEnqueue: () => profile.plugins.preEnqueue, // the default profile sorts
      hints: new RequeueHints(new Map([[profile.schedulerName, registrationsOf(profile)]]), (_plugin, error) => { throw error; }),
    });
    for (let i = 0; i < nodes; i++) {
      const node = testNode(`node-${i}`, { labels: { [ZONE]: `zone-${i % 3}` }, allocatable: { cpu: '4', memory: '32Gi', pods: '110' } });
      this.#cache.setNode(node);
      this.queue.moveOn(nodeAdd, { after: node });
    }
  }

  /** Decides until the queue is empty; each binding succeeds at once and is seen. */
  drain(): number {
    let placed = 0;
    const { profile } = this.#cluster;
    for (let queued = this.queue.tryPop(); queued !== undefined; queued = this.queue.tryPop()) {
      const { info } = queued;
      const cycle = { subject: info, table: this.#cache.table, nowMs: 0 };
      const decision = schedulePod(cycle, { profile, nominations: this.queue.nominator, percentageOfNodesToScore: 0, startIndex: this.#startIndex, rng: this.#rng });
      if (decision instanceof Promise) throw new Error('nobody outside has a say here');
      if (decision.node === undefined) { this.queue.refuse(queued, info.pod, decision); continue; }
      this.#startIndex = (this.#startIndex + decision.evaluated) % this.#cache.table.nodes.length;
      this.#cache.assume(info, decision.node);
      const bound = { ...info.pod, spec: { ...info.pod.spec, nodeName: decision.node.name } as coreV1.PodSpec }; // the spec is that of a pod
      this.#cache.setPod(bound);
      this.queue.done(info.uid);
      this.queue.moveOn(assignedPodAdd, { after: bound });
      this.hash = (Math.imul(this.hash, 31) + decision.node.row) | 0;
      placed++;
    }
    return placed;
  }
}

main(process.argv.slice(2));
