import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { bytes } from '../pod/amounts.ts';
import type { ReferencedData } from '../pod/compute-environment.ts';
import type { DownwardFacts } from '../pod/downward-values.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { podDir } from '../pod/pod-paths.ts';
import { type Payload, writeAtomically } from './atomic-writer.ts';
import { claimedVolume, claimNameOf } from './claimed-volume.ts';
import { computePayload, tokenKey, VolumeError, wantedTokens } from './compute-payload.ts';
import { prepareHostPath } from './host-path.ts';
import type { LocalPaths } from './local-paths.ts';
import type { Mounter } from './mounter.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export interface VolumeManagerDeps { rootDir: string; mounter: Mounter; localPaths: LocalPaths; client: Pick<Client, 'get'>; tokens: Pick<ServiceAccountTokens, 'get' | 'forgetPod'>; clock: Clock }
export interface MountInput { pod: Pod; data: ReferencedData; facts: DownwardFacts }

/** Where each volume of a pod lies on the host, by volume name. */
export type MountedVolumes = ReadonlyMap<string, string>;

/** The kinds of volumes that hold API objects, and their folder's name in Kubernetes' layout. */
const PLUGINS: readonly (readonly [keyof coreV1.Volume, string])[] = [
  ['configMap', 'kubernetes.io~configmap'], ['secret', 'kubernetes.io~secret'], ['downwardAPI', 'kubernetes.io~downward-api'], ['projected', 'kubernetes.io~projected'],
];
const EMPTY_DIR = 'kubernetes.io~empty-dir';
/** Payload volumes that may hold secrets live in memory. */
const IN_MEMORY = new Set(['kubernetes.io~secret', 'kubernetes.io~projected']);

/** Sets up the volumes of pods, keeps their content fresh, and takes them away. Calls for one pod come one after the other. */
export class VolumeManager {
  readonly #deps: VolumeManagerDeps;
  /** Directories made ready in this process's life. */
  readonly #ready = new Set<string>();
  /** Where volumes behind claims lie, by pod and name of the volume: neither changes while the pod lives. */
  readonly #claimed = new Map<string, Map<string, string>>();

  constructor(deps: VolumeManagerDeps) { this.#deps = deps; }

  get count(): number { return this.#ready.size; }

  /** Whether a pod of this node has the directory as a volume behind a claim. */
  isUsed(dir: string): boolean {
    return [...this.#claimed.values()].some((paths) => [...paths.values()].includes(dir));
  }

  /** Where a pod's volumes behind claims lie, by name of the volume. */
  claimedDirs(uid: string): ReadonlyMap<string, string> { return this.#claimed.get(uid) ?? new Map(); }

  /** Makes all volumes of the pod, or brings their content up to date. Rejects with VolumeError. */
  async mount(input: MountInput): Promise<MountedVolumes> {
    const volumes = input.pod.spec?.volumes ?? [];
    const tokens = await this.#tokens(input.pod, volumes);
    const mounted = await Promise.all(volumes.map(async (volume) => {
      try {
        return [volume.name, await this.#mountOne(volume, input, tokens)] as const;
      } catch (error) {
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${errorMessage(error)}`, { cause: error });
      }
    }));
    return new Map(mounted);
  }

  /** Unmounts and removes everything of a pod, also of one from before this process. */
  async unmountAll(uid: string): Promise<void> {
    const { mounter, rootDir, tokens } = this.#deps;
    const dir = podDir(rootDir, uid);
    for (const point of await mounter.mountsBelow(dir)) await mounter.unmount(point);
    await rm(dir, { recursive: true, force: true });
    for (const ready of this.#ready) if (ready.startsWith(`${dir}/`)) this.#ready.delete(ready);
    tokens.forgetPod(uid);
    this.#claimed.delete(uid);
  }

  async #tokens(pod: Pod, volumes: readonly coreV1.Volume[]): Promise<Map<string, string>> {
    const wanted = wantedTokens(volumes);
    try {
      return new Map(await Promise.all(wanted.map(async (one) => [tokenKey(one), await this.#deps.tokens.get(pod, one)] as const)));
    } catch (error) {
      throw new VolumeError(`failed to fetch token: ${errorMessage(error)}`, { cause: error });
    }
  }

  async #mountOne(volume: coreV1.Volume, { pod, data, facts }: MountInput, tokens: ReadonlyMap<string, string>): Promise<string> {
    if (volume.hostPath) return this.#hostPath(volume.hostPath);
    if (claimNameOf(pod, volume) !== undefined) return this.#claim(pod, volume);
    const fsGroup = pod.spec?.securityContext?.fsGroup;
    if (volume.emptyDir) return this.#emptyDir({ pod, volume, fsGroup });
    const payload = computePayload(volume, { data, facts, tokens });
    const plugin = PLUGINS.find(([kind]) => volume[kind] !== undefined)?.[1];
    if (payload === undefined || plugin === undefined) throw new VolumeError('no volume plugin matched');
    const dir = this.#dir(pod, plugin, volume.name);
    await this.#prepare(dir, IN_MEMORY.has(plugin) ? { memory: true, mode: '0777' } : { memory: false, mode: '0777' });
    await writeAtomically(dir, withGroup(payload, fsGroup), { nowMs: this.#deps.clock.now() });
    return dir;
  }

  async #hostPath({ path: dir, type = '' }: coreV1.HostPathVolumeSource): Promise<string> {
    const { localPaths } = this.#deps;
    if (localPaths.owns(dir)) await localPaths.prepare(dir);
    await prepareHostPath(dir, type);
    return dir;
  }

  async #claim(pod: Pod, volume: coreV1.Volume): Promise<string> {
    const ofPod = this.#claimed.get(podUid(pod)) ?? new Map<string, string>();
    this.#claimed.set(podUid(pod), ofPod);
    const known = ofPod.get(volume.name);
    if (known !== undefined) return known;
    const { spec } = await claimedVolume(pod, volume, this.#deps.client);
    const source = spec?.hostPath ?? (spec?.local && { path: spec.local.path, type: 'Directory' });
    if (source === undefined || spec?.volumeMode === 'Block') throw new VolumeError('no volume plugin matched');
    ofPod.set(volume.name, source.path); // before anything is made: from here on it counts as used
    try { return await this.#hostPath(source); } catch (error) {
      ofPod.delete(volume.name);
      throw error;
    }
  }

  async #emptyDir({ pod, volume, fsGroup }: { pod: Pod; volume: coreV1.Volume; fsGroup: number | undefined }): Promise<string> {
    const dir = this.#dir(pod, EMPTY_DIR, volume.name);
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    const isNew = !this.#ready.has(dir);
    await this.#prepare(dir, { memory: medium === 'Memory', mode: '0777', ...(sizeLimit !== undefined && { sizeBytes: bytes(sizeLimit) }) });
    if (isNew && fsGroup !== undefined) {
      await chown(dir, 0, fsGroup);
      await chmod(dir, 0o2777); // set-group-id: what is made inside belongs to the group
    }
    return dir;
  }

  #dir(pod: Pod, plugin: string, name: string): string {
    return path.join(podDir(this.#deps.rootDir, podUid(pod)), 'volumes', plugin, name);
  }

  async #prepare(dir: string, { memory, mode, sizeBytes }: { memory: boolean; mode: string; sizeBytes?: number }): Promise<void> {
    if (this.#ready.has(dir)) return;
    const { mounter } = this.#deps;
    await mkdir(dir, { recursive: true, mode: 0o750 });
    if (memory && !(await mounter.mountsBelow(dir)).includes(dir)) await mounter.mountTmpfs(dir, { sizeBytes, mode });
    await chmod(dir, Number.parseInt(mode, 8)); // mkdir's mode is cut by the umask
    this.#ready.add(dir);
  }
}

/** Files of a volume belong to the pod's group, which may read them. */
function withGroup(payload: Payload, fsGroup: number | undefined): Payload {
  if (fsGroup === undefined) return payload;
  return new Map([...payload].map(([name, file]) => [name, { ...file, gid: fsGroup, mode: file.mode | 0o440 }]));
}
