import type { coreV1, ResourceRef } from '@kubernode/api';
import { seededRng, systemClock, type Rng } from '@kubernode/base';
import { IndexedStore, type Client, type Lister } from '@kubernode/client';
import { createLogger } from '@kubernode/component-base';
import { NodeTable } from '../cache/node-table.ts';
import { podInfo } from '../cache/pod-info.ts';
import { makeProfile } from '../config/make-profiles.ts';
import { defaultConfiguration, type ProfileConfiguration } from '../config/scheduler-configuration.ts';
import { schedulePod, type Decision } from '../cycle/schedule-pod.ts';
import type { Cycle, PluginFactory, PluginHandle } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';
import { Nominator } from '../queue/nominator.ts';

let uids = 0;

export interface NodeParts extends Partial<coreV1.NodeSpec> { allocatable?: Record<string, string>; labels?: Record<string, string>; images?: Record<string, number>; declaredFeatures?: string[] }
export interface PodParts extends Partial<coreV1.PodSpec> { name?: string; namespace?: string; labels?: Record<string, string>; requests?: Record<string, string>; status?: coreV1.PodStatus; owner?: { apiVersion: string; kind: string; name: string } }

/** A node for tests; 4 cpus, 8 GiB and 110 pods unless told otherwise. */
export function testNode(name: string, { allocatable = { cpu: '4', memory: '8Gi', pods: '110' }, labels = {}, images = {}, declaredFeatures, ...spec }: NodeParts = {}): coreV1.Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec,
    status: { allocatable, images: Object.entries(images).map(([image, sizeBytes]) => ({ names: [image], sizeBytes })), ...(declaredFeatures && { declaredFeatures }) },
  };
}

/** A pod for tests, with one container. */
export function testPod({ name, namespace = 'ns', labels = {}, requests, status, owner, ...spec }: PodParts = {}): coreV1.Pod {
  const uid = `uid-${uids++}`;
  const ownerReferences = owner === undefined ? {} : { ownerReferences: [{ ...owner, uid: 'owner', controller: true }] };
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: name ?? uid, namespace, uid, labels, ...ownerReferences },
    spec: { schedulerName: 'default-scheduler', containers: [{ name: 'main', image: 'i', ...(requests && { resources: { requests } }) }], ...spec }, ...(status && { status }),
  };
}

export interface TestClusterOptions { objects?: readonly (readonly [ResourceRef, object])[]; seed?: number; profile?: ProfileConfiguration; modules?: ReadonlyMap<string, PluginFactory>; client?: Client }

/** Nodes, each with the pods on it, and any other objects, which plugins find by lister. */
export class TestCluster {
  readonly table: NodeTable = new NodeTable();
  readonly nominator: Nominator = new Nominator();
  readonly events: string[] = [];
  readonly background: ((signal: AbortSignal) => Promise<void>)[] = [];
  readonly profile: Profile;
  readonly #stores = new Map<string, IndexedStore<unknown>>();
  readonly #rng: Rng;

  constructor(nodes: readonly (readonly [coreV1.Node, ...coreV1.Pod[]])[], { objects = [], seed = 1, profile = defaultConfiguration.profiles[0] as ProfileConfiguration, modules = new Map<string, PluginFactory>(), client }: TestClusterOptions = {}) {
    this.#rng = seededRng(seed);
    for (const [resource, object] of objects) this.#store(resource).set(object);
    this.profile = makeProfile(profile, { handle: this.#handle(client), modules });
    for (const [node, ...pods] of nodes) this.add(node, ...pods);
  }

  add(node: coreV1.Node, ...pods: coreV1.Pod[]): void {
    const view = this.table.setNode(node);
    for (const pod of pods) this.table.addPod(view, podInfo({ ...pod, spec: { ...pod.spec, nodeName: node.metadata.name } as coreV1.PodSpec }));
  }

  readonly lister = <T>(resource: ResourceRef<T>): Lister<T> => this.#store(resource) as unknown as Lister<T>; // stored under its resource

  put(resource: ResourceRef, object: object): void { this.#store(resource).set(object); }

  remove(resource: ResourceRef, key: string): void { this.#store(resource).delete(key); }

  decide(pod: coreV1.Pod, options: { startIndex?: number; nowMs?: number } = {}): Decision { return this.#decide(pod, options).decision; }

  /** Decides, and reserves what the pod needs; `undo` takes that back. */
  reserve(pod: coreV1.Pod): { undo(): void } {
    const { decision: { node }, cycle } = this.#decide(pod, {});
    if (node === undefined) throw new Error('there is no node for the pod');
    for (const plugin of this.profile.plugins.reserve) if (plugin.reserve?.(cycle, node) !== undefined) throw new Error(`${plugin.name} does not reserve`);
    return { undo: () => { for (const plugin of this.profile.plugins.reserve) plugin.unreserve?.(cycle, node); } };
  }

  #decide(pod: coreV1.Pod, { startIndex = 0, nowMs = 0 }: { startIndex?: number; nowMs?: number }): { decision: Decision; cycle: Cycle } {
    this.put({ group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }, pod);
    const cycle: Cycle = { subject: podInfo(pod), table: this.table, nowMs };
    const decision = schedulePod(cycle, { profile: this.profile, nominations: this.nominator, percentageOfNodesToScore: 0, startIndex, rng: this.#rng });
    if (decision instanceof Promise) throw new Error('nobody outside has a say here');
    return { decision, cycle };
  }

  /** The node's name, or why there is none. */
  place(pod: coreV1.Pod, options: { startIndex?: number } = {}): string {
    const decision = this.decide(pod, options);
    if (decision.node !== undefined) return decision.node.name;
    return decision.nominated === undefined || decision.nominated === '' ? decision.message : `nominated ${decision.nominated}`;
  }

  #store(resource: ResourceRef): IndexedStore<unknown> {
    const key = `${resource.group}/${resource.resource}`;
    let store = this.#stores.get(key);
    if (store === undefined) { store = new IndexedStore<unknown>(); this.#stores.set(key, store); }
    return store;
  }

  #handle(client: Client | undefined): PluginHandle {
    return {
      profileName: 'default-scheduler', client: client as Client, clock: systemClock, rng: this.#rng, logger: createLogger({ component: 'test', verbosity: 0 }), // plugins that write need one
      lister: this.lister,
      nominations: this.nominator, preemptingExtenders: [], activate: () => undefined,
      waitingPods: { uids: () => [], allow: () => undefined, reject: () => false, cancelPreBind: () => false },
      event: (about, { type, reason, note }) => { this.events.push(`${about.metadata.name} ${type} ${reason} ${note}`); },
      background: (_what, work) => { this.background.push(work); },
    };
  }
}
