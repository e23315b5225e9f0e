import { abortError, type Clock, errorMessage, KeyedSequencer, onAbort } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { PodEvents } from '../events/pod-events.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { podDir } from '../pod/pod-paths.ts';
import { reachesNode } from '@kubernode/volume-matching';
import { volumeSpec } from './claimed-volume.ts';
import { computeVolumeAction, unmountedMessage, type VolumeFailure } from './compute-volume-actions.ts';
import type { Mounter } from './mounter.ts';
import { removePodVolumes } from './remove-pod-volumes.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { bindSubPath, type SubPathRequest } from './sub-path-binds.ts';
import { NotAttached, StepError, VolumeError } from './volume-error.ts';
import type { VolumeExpander } from './volume-expander.ts';
import type { VolumeMetrics } from './volume-metrics.ts';
import { type DriverUsage, escapePluginName, type ReadyVolume, type VolumeInput, type VolumePlugin } from './volume-plugin.ts';
import { annotatedGroup, mountOptionsOf, usedVolumes, type VolumeSpec } from './volume-spec.ts';

export interface VolumeManagerDeps {
  rootDir: string;
  /** One supports any volume that can be set up; the first that does is taken. */
  plugins: readonly VolumePlugin[];
  mounter: Mounter;
  client: Pick<Client, 'get'>;
  tokens: Pick<ServiceAccountTokens, 'forgetPod'>;
  events: PodEvents;
  metrics: VolumeMetrics;
  clock: Clock;
  logger: Logger;
  /** Those of this node, against which volumes' node affinity is checked. */
  nodeLabels: () => Promise<Readonly<Record<string, string>>>;
  /** Grows a claim's volume on the node where the volume is larger than what the claim shows. */
  expander: Pick<VolumeExpander, 'expand'>;
}

export interface MountInput extends VolumeInput {
  /** Ends the wait; what a plugin has begun goes on, and the pod's end waits for it. */
  signal?: AbortSignal | undefined;
}

/** A volume of a pod as its containers get it. */
export interface MountedVolume extends ReadyVolume {
  block: boolean;
  /** A group that the volume adds to those of containers. */
  gid: number | undefined;
  bindSubPath(request: Pick<SubPathRequest, 'subPath' | 'container' | 'index'>): Promise<string>;
}

/** By the name that containers use. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>;

/** One volume of one pod. */
export interface HeldVolume {
  spec: VolumeSpec;
  plugin: VolumePlugin;
  dir: string;
  ready: ReadyVolume | undefined;
  failure: VolumeFailure | undefined;
  specAtMs: number;
}

/** What stands behind a claim is asked again when it was looked at this long ago: it may have grown. */
const SPEC_FRESH_MS = 30_000;

/** Sets up the volumes of pods, keeps their content fresh, and takes them away. */
export class VolumeManager {
  readonly #deps: VolumeManagerDeps;
  /** By pod, then by the name in its spec. */
  readonly #held = new Map<string, Map<string, HeldVolume>>();
  /** Names of attachable volumes that an earlier process mounted, by pod, until the pod is looked at or gone. */
  #left = new Map<string, readonly string[]>();
  /** What is done to one pod's volumes comes one after the other. */
  readonly #sequencer = new KeyedSequencer<string>();

  constructor(deps: VolumeManagerDeps) { this.#deps = deps; }

  /** Finds out what an earlier process left mounted, so that none of it is said to be free. */
  async recover(): Promise<void> {
    for (const plugin of this.#deps.plugins) for (const [uid, names] of await plugin.leftInUse?.() ?? []) this.#left.set(uid, names);
  }

  /** All volumes that pods of this node use. */
  list(): readonly HeldVolume[] { return [...this.#held.values()].flatMap((ofPod) => [...ofPod.values()]); }

  /** Where the files of a pod's claims lie, by name of the volume. */
  claimedDirs(uid: string): ReadonlyMap<string, string> {
    return new Map(this.ofPod(uid).flatMap(({ spec, ready }) => (spec.claim === undefined || spec.block || ready?.hostPath === undefined ? [] : [[spec.outerName, ready.hostPath] as const])));
  }

  /** What the driver of a pod's volume says of it; undefined where it says nothing, or cannot now. */
  async driverUsage(uid: string, volume: string): Promise<DriverUsage | undefined> {
    const { spec, plugin, ready } = this.#held.get(uid)?.get(volume) ?? {};
    if (spec === undefined || ready?.hostPath === undefined) return undefined;
    return plugin?.usage?.({ pod: { ...NO_POD, metadata: { name: '', uid } }, spec, hostPath: ready.hostPath }).catch(() => undefined); // the file system is asked instead
  }

  /** Those of one pod, also where they are not there yet. */
  ofPod(uid: string): readonly HeldVolume[] { return [...this.#held.get(uid)?.values() ?? []]; }

  /** Whether a pod of this node has the directory of the host as a volume, or is about to. */
  isUsed(dir: string): boolean {
    return this.list().some(({ spec }) => (spec.inline ?? spec.persistent?.spec)?.hostPath?.path === dir || spec.persistent?.spec?.local?.path === dir);
  }

  /** For the node's status: the volumes that must not be detached from this node. */
  volumesInUse(): string[] {
    const attachable = this.list().filter(({ plugin, spec }) => plugin.isAttachable?.(spec) === true);
    return [...new Set([...attachable.map(({ plugin, spec }) => plugin.uniqueName(spec, NO_POD)), ...[...this.#left.values()].flat()])].sort();
  }

  /** Makes all volumes that the pod's containers use, or brings their content up to date. Rejects with VolumeError, which was told then. */
  async mount(input: MountInput): Promise<MountedVolumes> {
    const { mounts, devices } = usedVolumes(input.pod);
    const names = (input.pod.spec?.volumes ?? []).filter(({ name }) => mounts.has(name) || devices.has(name)).map(({ name }) => name);
    if (names.length === 0) return NO_VOLUMES;
    return untilAborted(this.#sequencer.run(podUid(input.pod), () => this.#mountAll(input, names)), input.signal);
  }

  /** Unmounts and removes everything of a pod, also of one from before this process. */
  async unmountAll(uid: string): Promise<void> {
    await this.#sequencer.run(uid, async () => {
      await removePodVolumes(this.#deps, { uid, observe: (plugin, step) => this.#deps.metrics.observe(plugin, 'volume_unmount', step) });
      this.#held.delete(uid);
      this.#left.delete(uid);
      this.#deps.tokens.forgetPod(uid);
    });
  }

  async #mountAll(input: MountInput, names: readonly string[]): Promise<MountedVolumes> {
    const faults: string[] = [];
    const unprocessed: string[] = [];
    await Promise.all(names.map(async (name) => {
      let held: HeldVolume;
      try { held = await this.#hold(input.pod, name); } catch (error) {
        unprocessed.push(name);
        faults.push(errorMessage(error));
        return;
      }
      await this.#setUp(held, input);
    }));
    const ofPod = this.#held.get(podUid(input.pod)) ?? new Map<string, HeldVolume>();
    const mounted = new Map(names.flatMap((name) => { const volume = toMounted(this.#deps, input.pod, ofPod.get(name)); return volume === undefined ? [] : [[name, volume] as const]; }));
    if (mounted.size === names.length && faults.length === 0) {
      this.#left.delete(podUid(input.pod));
      return mounted;
    }
    input.signal?.throwIfAborted();
    throw this.#fault(input.pod, { names, mounted, unprocessed, faults });
  }

  /** A failed attempt has been told by itself; what could not even be tried is told here. */
  #fault(pod: Pod, { names, mounted, unprocessed, faults }: { names: readonly string[]; mounted: ReadonlyMap<string, unknown>; unprocessed: readonly string[]; faults: readonly string[] }): VolumeError {
    const unmounted = names.filter((name) => !mounted.has(name));
    const unattached = this.ofPod(podUid(pod)).filter(({ spec, plugin, ready }) => ready === undefined && plugin.isAttachable?.(spec) === true).map(({ spec }) => spec.outerName);
    const message = unmountedMessage({ unmounted: [...new Set([...unmounted, ...unprocessed])], unattached, unprocessed, cause: faults.length === 0 ? 'context deadline exceeded' : faults.join('; ') });
    if (faults.length > 0) this.#deps.events.warning(pod, 'FailedMount', `Unable to attach or mount volumes: ${message}`);
    return new VolumeError(message);
  }

  /** Finds out what stands behind a volume; from then on it counts as used. */
  async #hold(pod: Pod, name: string): Promise<HeldVolume> {
    const { client, clock, plugins, rootDir } = this.#deps;
    const ofPod = this.#held.get(podUid(pod)) ?? new Map<string, HeldVolume>();
    this.#held.set(podUid(pod), ofPod);
    const known = ofPod.get(name);
    const nowMs = clock.monotonicNow();
    if (known !== undefined && (known.spec.claim === undefined || nowMs < known.specAtMs + SPEC_FRESH_MS)) return known;
    const volume = pod.spec?.volumes?.find((one) => one.name === name);
    if (volume === undefined) throw new VolumeError(`volume ${name} is not in the pod's spec`);
    const spec = await volumeSpec(pod, volume, client).catch((error: unknown) => {
      if (known?.ready !== undefined) return known.spec; // what is there stays usable while the servers are away
      throw error;
    });
    const plugin = plugins.find((one) => one.supports(spec));
    if (plugin === undefined) throw new VolumeError(`failed to get Plugin from volumeSpec for volume "${spec.name}" err=no volume plugin matched`);
    if (known !== undefined) return Object.assign(known, { spec, specAtMs: nowMs });
    const dir = `${podDir(rootDir, podUid(pod))}/${spec.block ? 'volumeDevices' : 'volumes'}/${escapePluginName(plugin.name)}/${spec.name}`;
    const held: HeldVolume = { spec, plugin, dir, ready: undefined, failure: undefined, specAtMs: nowMs };
    ofPod.set(name, held);
    return held;
  }

  async #setUp(held: HeldVolume, { pod, data, facts, signal }: MountInput): Promise<void> {
    const { clock, metrics, logger } = this.#deps;
    const { spec, plugin, dir } = held;
    const isReady = held.ready !== undefined && held.ready.fault === undefined;
    const action = computeVolumeAction({ isReady, failure: held.failure }, { followsApi: plugin.requiresRemount(spec), nowMs: clock.monotonicNow() });
    try {
      if (action.kind === 'keep' && held.ready !== undefined) { await this.#deps.expander.expand(held, pod); return; }
      if (action.kind !== 'set-up') return;
      await this.#check(held, pod);
      held.ready = await metrics.observe(plugin.name, 'volume_mount', () => plugin.setUp({ spec, pod, data, facts, dir, isRemount: action.isRemount, signal }));
      await this.#deps.expander.expand(held, pod);
      held.failure = undefined;
    } catch (error) {
      this.#failed(held, pod, error);
      logger.info('a volume cannot be set up', { pod: pod.metadata.name, namespace: pod.metadata.namespace, volume: spec.name, error: errorMessage(error) });
    }
  }

  async #check({ spec, plugin }: HeldVolume, pod: Pod): Promise<void> {
    if (spec.persistent?.spec?.nodeAffinity !== undefined && !reachesNode(spec.persistent, await this.#deps.nodeLabels())) throw new StepError('MountVolume.NodeAffinity check failed', 'no matching NodeSelectorTerms');
    if (mountOptionsOf(spec).length > 0 && !plugin.supportsMountOptions) throw new StepError('MountVolume.MountOptionSupport check failed', 'mount options are not supported for this volume type');
    const modes = spec.persistent?.spec?.accessModes ?? [];
    if (modes.length !== 1 || modes[0] !== 'ReadWriteOncePod') return;
    const elsewhere = [...this.#held].some(([uid, ofPod]) => uid !== podUid(pod) && [...ofPod.values()].some((other) => other.ready !== undefined && other.spec.persistent?.metadata.name === spec.name));
    if (elsewhere) throw new VolumeError('volume uses the ReadWriteOncePod access mode and is already in use by another pod');
  }

  /** A fault is told when it is new, and again after each of its delays. What was ready before stays so: its content is old, no more. */
  #failed(held: HeldVolume, pod: Pod, error: unknown): void {
    const { spec } = held;
    if (error instanceof NotAttached) { held.failure = { message: error.message, count: 1, atMs: this.#deps.clock.monotonicNow() }; return; }
    const step = error instanceof StepError ? error.step : spec.block ? 'MapVolume.SetUpDevice failed' : 'MountVolume.SetUp failed';
    const message = `${step} for volume "${spec.name}" : ${errorMessage(error)}`;
    const nowMs = this.#deps.clock.monotonicNow();
    const before = held.failure;
    const isNews = before?.message !== message || computeVolumeAction({ isReady: false, failure: before }, { followsApi: false, nowMs }).kind === 'set-up';
    held.failure = isNews ? { message, count: (before?.count ?? 0) + 1, atMs: nowMs } : before;
    if (isNews) this.#deps.events.warning(pod, spec.block ? 'FailedMapVolume' : 'FailedMount', message);
  }
}

const NO_VOLUMES: MountedVolumes = new Map();
/** The name of an attachable volume does not depend on the pod. */
const NO_POD: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' } };

/** Undefined while the pod's containers cannot have it. */
function toMounted({ rootDir, mounter }: VolumeManagerDeps, pod: Pod, held: HeldVolume | undefined): MountedVolume | undefined {
  if (held?.ready === undefined) return undefined;
  const { spec, ready } = held;
  return {
    ...ready, block: spec.block, gid: annotatedGroup(spec),
    bindSubPath: (request) => bindSubPath(mounter, { ...request, podDir: podDir(rootDir, podUid(pod)), volume: spec.name, root: ready.hostPath ?? '' }),
  };
}

function untilAborted<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return task;
  return new Promise((resolve, reject) => {
    const link = onAbort(signal, () => { reject(abortError(signal)); });
    task.then(resolve, reject).finally(() => { link[Symbol.dispose](); });
  });
}
