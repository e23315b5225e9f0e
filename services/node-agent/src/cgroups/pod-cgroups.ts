import { type Pod, podUid } from '../pod/pod-facts.ts';
import { cgroupParent, cgroupParents, tierGroup, tierGroups } from '../pod/pod-cgroup-names.ts';
import type { Cgroups } from './cgroup-files.ts';
import { burstableShares, podCgroup } from './compute-pod-cgroup.ts';
import { cpuShares } from '../pod/container-resources.ts';

export interface PodCgroupsDeps {
  cgroups: Cgroups;
  cgroupRoot: string;
  /** Most processes of one pod; 0 for no limit. */
  pidsMax: number;
  /** All pods that the node runs. */
  pods: () => readonly Pod[];
}

/** The control groups of pods, below one for each class of service. */
export class PodCgroups {
  readonly #deps: PodCgroupsDeps;
  readonly #made = new Set<string>();
  #tiers: Promise<void> | undefined;
  #burstableShares: number | undefined;

  constructor(deps: PodCgroupsDeps) { this.#deps = deps; }

  /** Has the pod's group there with its limits, before anything runs in it; tells whether it made it. */
  async ensure(pod: Pod): Promise<boolean> {
    const { cgroups, pidsMax } = this.#deps;
    this.#tiers ??= this.#createTiers();
    await this.#tiers.catch((error: unknown) => { this.#tiers = undefined; throw error; });
    await this.#shareOut();
    if (this.#made.has(podUid(pod))) return false;
    const group = this.#groupOf(pod);
    await cgroups.create(group);
    await cgroups.set(group, podCgroup(pod, { pidsMax }));
    this.#made.add(podUid(pod));
    return true;
  }

  /** Sets some of the amounts of a running pod. */
  async set(pod: Pod, amounts: ReturnType<typeof podCgroup>): Promise<void> { await this.#deps.cgroups.set(this.#groupOf(pod), amounts); }

  memoryUsage(pod: Pod): Promise<number | undefined> { return this.#deps.cgroups.memoryUsage(this.#groupOf(pod)); }

  async remove(pod: Pod): Promise<void> {
    this.#made.delete(podUid(pod));
    for (const group of cgroupParents(pod, this.#deps.cgroupRoot)) await this.#deps.cgroups.remove(group);
  }

  #groupOf(pod: Pod): string { return cgroupParent(pod, this.#deps.cgroupRoot); }

  async #createTiers(): Promise<void> {
    const { cgroups, cgroupRoot } = this.#deps;
    for (const tier of tierGroups(cgroupRoot)) await cgroups.create(tier);
    await cgroups.set(tierGroup('BestEffort', cgroupRoot), { cpuShares: cpuShares(0) });
  }

  /** Burstable pods compete with the others by all that they ask for together. */
  async #shareOut(): Promise<void> {
    const { cgroups, cgroupRoot, pods } = this.#deps;
    const shares = burstableShares(pods());
    if (shares === this.#burstableShares) return;
    await cgroups.set(tierGroup('Burstable', cgroupRoot), { cpuShares: shares });
    this.#burstableShares = shares;
  }
}
