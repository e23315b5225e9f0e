import path from 'node:path';
import { afterArrivals, type Clock } from '@kubernode/base';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { isHostNetwork, podUid } from '../pod/pod-facts.ts';
import { cgroupParent, podsGroup } from '../pod/pod-cgroup-names.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type CgroupFiles, readText } from './cgroup-files.ts';
import { type CgroupUsage, readCgroupUsage } from './cgroup-usage.ts';
import { CpuRates } from './cpu-rates.ts';

/** A control group as it was found. */
export interface GroupFigures {
  group: string;
  usage: CgroupUsage | undefined;
  /** Billionths of a processor, of late. */
  nanoCores: number | undefined;
  /** ms since 1970; 0 when not known. */
  startedAtMs: number;
}

export interface ContainerFigures extends GroupFigures { id: string; name: string; image: string }

export interface PodFigures extends GroupFigures {
  name: string;
  namespace: string;
  uid: string;
  hostNetwork: boolean;
  /** Its own process waits in a group beside the containers'. */
  sandbox: ContainerFigures | undefined;
  containers: readonly ContainerFigures[];
}

export interface SystemFigures extends GroupFigures { name: 'kubelet' | 'pods' }

export interface NodeFigures { node: GroupFigures; systems: readonly SystemFigures[]; pods: readonly PodFigures[] }

export interface NodeStatsDeps { files: CgroupFiles; workers: Pick<PodWorkers, 'list'>; cgroupRoot: string; clock: Clock }

/** How often the use of processors is sampled; cAdvisor's interval. */
const SAMPLE_EVERY_MS = 10_000;
/** One look serves all who ask within this time. */
const FRESH_MS = 1000;
const NODE_GROUP = '/';

/** What the node, its pods and their containers use of processors and memory, read from the kernel. */
export class NodeStats {
  readonly #deps: NodeStatsDeps;
  readonly #rates: CpuRates;
  readonly #startedAtMs: number;
  #latest: { figures: Promise<NodeFigures>; atMs: number } | undefined;

  constructor(deps: NodeStatsDeps) {
    this.#deps = deps;
    this.#rates = new CpuRates(deps.files);
    this.#startedAtMs = deps.clock.now();
  }

  /** Samples the use of processors until aborted, so that rates are there when somebody asks. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      this.#rates.sample(this.#groups(), clock.monotonicNow());
      await clock.sleep(SAMPLE_EVERY_MS, { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** At most a second old. */
  look(): Promise<NodeFigures> {
    const nowMs = this.#deps.clock.monotonicNow();
    if (this.#latest === undefined || nowMs - this.#latest.atMs > FRESH_MS) this.#latest = { figures: this.#read(), atMs: nowMs };
    return this.#latest.figures;
  }

  async #read(): Promise<NodeFigures> {
    const { workers, cgroupRoot } = this.#deps;
    const node = this.#group(NODE_GROUP, 0);
    const systems: SystemFigures[] = [{ name: 'pods', ...this.#group(podsGroup(cgroupRoot), 0) }];
    const own = ownGroup();
    if (own !== undefined) systems.push({ name: 'kubelet', ...this.#group(own, this.#startedAtMs) });
    const pods: PodFigures[] = [];
    for (const worker of workers.list()) {
      const figures = this.#pod(worker);
      if (figures !== undefined) pods.push(figures);
      await new Promise<void>((resolve) => { afterArrivals(resolve); }); // many pods are many files: others get their turn
    }
    return { node, systems: systems.filter(({ usage }) => usage !== undefined), pods };
  }

  #pod({ pod, state }: PodWorker): PodFigures | undefined {
    const sandbox = state.sandboxes.find(({ ready }) => ready);
    if (sandbox === undefined) return undefined;
    const group = cgroupParent(pod, this.#deps.cgroupRoot);
    const member = ({ id, name, image, startedAtMs }: Pick<ContainerDetail, 'id' | 'name' | 'image' | 'startedAtMs'>): ContainerFigures => ({ id, name, image, ...this.#group(path.posix.join(group, id), startedAtMs) });
    return {
      ...this.#group(group, sandbox.createdAtMs), name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', uid: podUid(pod), hostNetwork: isHostNetwork(pod),
      sandbox: member({ id: sandbox.id, name: '', image: '', startedAtMs: sandbox.createdAtMs }), containers: state.containers.filter(({ phase }) => phase === 'running').map(member),
    };
  }

  #group(group: string, startedAtMs: number): GroupFigures {
    return { group, usage: readCgroupUsage(this.#deps.files, group, this.#deps.clock.now()), nanoCores: this.#rates.nanoCores(group), startedAtMs };
  }

  *#groups(): Generator<string> {
    const { workers, cgroupRoot } = this.#deps;
    yield NODE_GROUP;
    yield podsGroup(cgroupRoot);
    const own = ownGroup();
    if (own !== undefined) yield own;
    for (const { pod, state } of workers.list()) {
      if (!state.sandboxes.some(({ ready }) => ready)) continue;
      const group = cgroupParent(pod, cgroupRoot);
      yield group;
      for (const { id, phase } of state.containers) if (phase === 'running') yield path.posix.join(group, id);
    }
  }
}


/** The group that the node agent itself runs in, when it has one of its own for memory and processors alike. */
function ownGroup(): string | undefined {
  const text = readText('/proc/self/cgroup') ?? '';
  const of = (controller: string): string | undefined => new RegExp(`^\\d+:(?:[^:\\n]*\\b${controller}\\b[^:\\n]*)?:(.+)$`, 'm').exec(text)?.[1];
  const group = of('memory');
  return group === undefined || group === '/' || group !== of('cpuacct') ? undefined : group;
}
