// Queue, decision and cache of the scheduler with a cluster that answers at once: bindings succeed, evicted pods are gone.
import { coreV1Resources, storageV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { ClusterCache } from '../src/cache/cluster-cache.ts';
import { registrationsOf } from '../src/config/make-profiles.ts';
import { schedulePod } from '../src/cycle/schedule-pod.ts';
import { assignedPodAdd, assignedPodDelete, clusterEvent, nodeAdd, nodeDelete } from '../src/framework/cluster-event.ts';
import type { Plugin } from '../src/framework/plugin.ts';
import type { QueuedPod } from '../src/framework/queued-pod.ts';
import { RequeueHints } from '../src/queue/requeue-hints.ts';
import { SchedulingQueue } from '../src/queue/scheduling-queue.ts';
import { TestCluster, testNode, testPod, type NodeParts } from '../src/test-support/test-cluster.ts';
import { AWS_PLUGIN, DRIVER, namespaces, type BenchPod } from './rows.ts';

/** Time passes with each look at the clock, so that pods keep their order and decisions are the same on every machine. */
const TICK_MS = 0.001;
const SIGNAL = new AbortController().signal;

export class ClusterInMemory {
  readonly #cluster: TestCluster;
  readonly #cache = new ClusterCache();
  readonly #queue: SchedulingQueue;
  readonly #rng = seededRng(1);
  readonly #placed: coreV1.Pod[] = [];
  #startIndex = 0;
  #made = 0;
  #nowMs = 0;
  /** Of all decisions in their order. */
  hash = 0;

  constructor() {
    const client = { delete: (_resource: unknown, { name, namespace }: { name: string; namespace?: string }) => this.#evict(`${namespace ?? ''}/${name}`), patch: () => Promise.resolve({}) };
    this.#cluster = new TestCluster([], { client: client as unknown as Client }); // preemption needs no more of it
    const { profile } = this.#cluster;
    this.#queue = new SchedulingQueue({
      clock: { ...systemClock, now: () => (this.#nowMs += TICK_MS) }, before: (profile.plugins.queueSort[0] as Plugin).before as NonNullable<Plugin['before']>, backoff: { initialMs: 1000, maxMs: 10_000 }, preEnqueue: () => profile.plugins.preEnqueue, // the default profile sorts
      hints: new RequeueHints(new Map([[profile.schedulerName, registrationsOf(profile)]]), { onFault: (_plugin, error) => { throw error; } }),
    });
    for (const name of namespaces) this.#cluster.put(coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: 'devops' } } });
  }

  close(): void { this.#queue.close(); }

  addNode(name: string, parts: NodeParts): void {
    const node = testNode(name, parts);
    this.#cache.setNode(node);
    const limit = parts.allocatable?.[`attachable-volumes-csi-${DRIVER}`];
    const csiNode: storageV1.CSINode = { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name, annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': AWS_PLUGIN } }, spec: { drivers: [{ name: DRIVER, nodeID: name, topologyKeys: [], allocatable: { count: Number(limit) } }] } };
    if (limit !== undefined) this.#cluster.put(storageV1Resources.csinodes, csiNode);
    this.#queue.moveOn(nodeAdd, { after: node });
  }

  addPod({ volume, ...parts }: BenchPod): void {
    const pod = testPod(volume === undefined ? parts : { ...parts, volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: this.#addVolume(volume) } }] });
    this.#cluster.put(coreV1Resources.pods, pod);
    this.#queue.add(pod);
  }

  #addVolume(kind: 'aws' | 'csi'): string {
    const name = `volume-${this.#made++}`;
    const source = kind === 'aws' ? { awsElasticBlockStore: { volumeID: name } } : { csi: { driver: DRIVER, volumeHandle: name } };
    this.#cluster.put(coreV1Resources.persistentvolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { ...source, capacity: { storage: '1Gi' }, accessModes: ['ReadOnlyMany'], claimRef: { namespace: 'ns', name } }, status: { phase: 'Bound' } });
    this.#cluster.put(coreV1Resources.persistentvolumeclaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', annotations: { 'pv.kubernetes.io/bind-completed': 'true' } }, spec: { volumeName: name, accessModes: ['ReadOnlyMany'], resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Bound' } });
    return name;
  }

  /** A node comes and goes that takes no pods, a pod that fits nowhere, and a Service. */
  churn(huge: BenchPod): void {
    const node = testNode(`churn-${this.#made++}`, { allocatable: { pods: '0' } });
    this.#cache.setNode(node);
    this.#queue.moveOn(nodeAdd, { after: node });
    this.#queue.moveOn(nodeDelete, { before: node });
    this.#cache.removeNode(node.metadata.name);
    this.addPod(huge);
    this.#queue.moveOn(clusterEvent('Service', 'Add'), {});
  }

  deletePlaced(): void {
    const pod = this.#placed.shift();
    if (pod !== undefined) this.#gone(pod);
  }

  /** Decides until nothing can be tried; pods that were turned down wait for what may help. */
  async drain(onPlaced: () => void = () => undefined): Promise<number> {
    let placed = 0;
    for (let queued = this.#queue.tryPop(); queued !== undefined; queued = this.#queue.tryPop()) {
      if (this.#tryPod(queued)) { placed++; onPlaced(); }
      for (const work of this.#cluster.background.splice(0)) await work(SIGNAL);
    }
    return placed;
  }

  #tryPod(queued: QueuedPod): boolean {
    const { profile } = this.#cluster;
    const { info } = queued;
    const cycle = { subject: info, table: this.#cache.table, nowMs: this.#nowMs };
    const decision = schedulePod(cycle, { profile, nominations: this.#queue.nominator, percentageOfNodesToScore: 0, startIndex: this.#startIndex, rng: this.#rng });
    if (decision instanceof Promise) throw new Error('nobody outside has a say here');
    if (decision.node === undefined) {
      this.#queue.refuse(queued, info.pod, decision);
      this.#queue.nominator.set(info, decision.nominated);
      return false;
    }
    this.#startIndex = (this.#startIndex + decision.evaluated) % this.#cache.table.nodes.length;
    this.#cache.assume(info, decision.node);
    this.#queue.nominator.delete(info.uid);
    const bound = { ...info.pod, spec: { ...info.pod.spec, nodeName: decision.node.name } as coreV1.PodSpec }; // the spec is that of a pod
    this.#cluster.put(coreV1Resources.pods, bound);
    this.#cache.setPod(bound);
    this.#placed.push(bound);
    this.#queue.done(info.uid);
    this.#queue.moveOn(assignedPodAdd, { after: bound });
    this.hash = (Math.imul(this.hash, 31) + decision.node.row) | 0;
    return true;
  }

  #evict(key: string): Promise<object> {
    const pod = this.#cluster.lister(coreV1Resources.pods).get(key);
    if (pod !== undefined) this.#gone(pod);
    return Promise.resolve({});
  }

  #gone(pod: Readonly<coreV1.Pod>): void {
    this.#cluster.remove(coreV1Resources.pods, `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
    this.#cache.removePod(pod.metadata.uid ?? '');
    this.#queue.moveOn(assignedPodDelete, { before: pod });
  }
}
