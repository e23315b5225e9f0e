import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, errorMessage, KeyedSequencer } from '@kubernode/base';
import type { PodEvents } from '../../events/pod-events.ts';
import { type Pod, podUid } from '../../pod/pod-facts.ts';
import type { Mounter } from '../mounter.ts';
import { StepError, VolumeError } from '../volume-error.ts';
import type { DriverUsage, ExpandRequest, TearDownRequest, VolumePlugin } from '../volume-plugin.ts';
import { mountOptionsOf, type VolumeSpec } from '../volume-spec.ts';
import { csiSource, type CsiSource } from './csi-request.ts';
import { type ClusterDeps, driverSecrets } from './csi-calls.ts';
import { deviceDataDir, setUpDevice, tearDownDevice, unstageDevice } from './csi-devices.ts';
import type { CsiDrivers } from './csi-drivers.ts';
import { capabilityOf, driverNode, removeUnknown, setUpFiles, tearDownFiles, unstage } from './csi-volumes.ts';
import type { DriverObjects } from './driver-objects.ts';
import { CSI_PLUGIN, inlineHandle, loadVolData, stagingDir, type VolData } from './vol-data.ts';

export interface CsiDeps extends ClusterDeps {
  rootDir: string;
  drivers: CsiDrivers;
  objects: DriverObjects;
  mounter: Mounter;
  events: PodEvents;
  clock: Clock;
  /** Where this process has staged volumes; what an earlier one staged is staged again, which drivers allow. */
  staged: Set<string>;
}

/** Volumes of CSI drivers: claimed ones, as files or raw devices, and those that live and die with their pod. */
export function createCsiPlugin(deps: CsiDeps): VolumePlugin {
  const sequencer = new KeyedSequencer<string>(); // staging and unstaging of one volume never overlap
  return {
    name: CSI_PLUGIN,
    supportsMountOptions: true,
    supports: ({ inline, persistent }) => (inline ?? persistent?.spec)?.csi !== undefined,
    uniqueName: (spec, pod) => uniqueName(spec, pod),
    isAttachable: ({ persistent }) => persistent?.spec?.csi !== undefined && deps.objects.peek(persistent.spec.csi.driver)?.spec.attachRequired !== false,
    requiresRemount: ({ inline, persistent }) => deps.objects.peek((inline ?? persistent?.spec)?.csi?.driver ?? '')?.spec.requiresRepublish === true,
    setUp: (request) => {
      const source = sourceOf(request.spec, request.pod);
      return sequencer.run(keyOf(source.driver, source.volumeHandle), () => (request.spec.block ? setUpDevice : setUpFiles)(deps, source, request));
    },
    async tearDown(request) {
      const data = await loadVolData(request.block ? deviceDataDir(deps.rootDir, request.name) : request.dir);
      if (data === undefined) { await removeUnknown(deps.mounter, request.dir); return; }
      await sequencer.run(keyOf(data.driverName, data.volumeHandle), () => tearDown(deps, request, data));
    },
    expand: (request) => expand(deps, request),
    usage: ({ pod, spec, hostPath }) => usage(deps, sourceOf(spec, pod), hostPath),
    leftInUse: () => leftInUse(deps),
  };
}

const keyOf = (driver: string, handle: string): string => `${driver}^${handle}`;

function uniqueName(spec: VolumeSpec, pod: Pod): string {
  const source = csiSource(spec, { pod, inlineHandle: `${podUid(pod)}-${spec.name}` });
  return source?.lifecycle === 'Ephemeral' ? `${CSI_PLUGIN}/${source.volumeHandle}` : `${CSI_PLUGIN}/${keyOf(source?.driver ?? '', source?.volumeHandle ?? '')}`;
}

function sourceOf(spec: VolumeSpec, pod: Pod): CsiSource {
  const source = csiSource(spec, { pod, inlineHandle: inlineHandle(podUid(pod), spec.name) });
  if (source === undefined) throw new VolumeError('volume source not found in volume.Spec');
  return source;
}

async function tearDown(deps: CsiDeps, request: TearDownRequest, data: VolData): Promise<void> {
  if (request.block) {
    await tearDownDevice(deps, request, data);
    await unstageDevice(deps, request.name, data);
    return;
  }
  await tearDownFiles(deps, request, data);
  if (data.volumeLifecycleMode !== 'Ephemeral' && !await isPublished(deps, data)) await unstage(deps, data);
}

/** Whether any pod of the node has the volume, by what lies on disk: pods from before this process count too. */
async function isPublished({ rootDir }: CsiDeps, { driverName, volumeHandle }: VolData): Promise<boolean> {
  const pods = path.join(rootDir, 'pods');
  for (const uid of await readdir(pods)) {
    const parent = path.join(pods, uid, 'volumes', 'kubernetes.io~csi');
    for (const name of await readdir(parent).catch(() => [])) { // most pods have none
      const data = await loadVolData(path.join(parent, name));
      if (data?.driverName === driverName && data.volumeHandle === volumeHandle) return true;
    }
  }
  return false;
}

/** By what was written down when they were published. */
async function leftInUse({ rootDir }: CsiDeps): Promise<ReadonlyMap<string, readonly string[]>> {
  const pods = path.join(rootDir, 'pods');
  const left = new Map<string, string[]>();
  for (const uid of await readdir(pods).catch(() => [])) { // no pod was ever here
    const parent = path.join(pods, uid, 'volumes', 'kubernetes.io~csi');
    for (const name of await readdir(parent).catch(() => [])) { // most pods have none
      const data = await loadVolData(path.join(parent, name)).catch(() => undefined); // what cannot be read is told when it is taken away
      if (data === undefined || data.volumeLifecycleMode === 'Ephemeral') continue;
      left.set(uid, [...left.get(uid) ?? [], `${CSI_PLUGIN}/${keyOf(data.driverName, data.volumeHandle)}`]);
    }
  }
  return left;
}

async function usage({ drivers }: CsiDeps, { driver, volumeHandle }: CsiSource, volumePath: string): Promise<DriverUsage | undefined> {
  const node = drivers.node(driver);
  if (!await drivers.can(node, 'GET_VOLUME_STATS')) return undefined;
  const { usage: figures } = await node.stats({ volumeId: volumeHandle, volumePath });
  const [size, inodes] = [figures.find(({ unit }) => unit === 'BYTES'), figures.find(({ unit }) => unit === 'INODES')];
  if (size === undefined) return undefined;
  return { availableBytes: size.available, capacityBytes: size.total, usedBytes: size.used, inodes: inodes?.total ?? 0, inodesFree: inodes?.available ?? 0 };
}

async function expand(deps: CsiDeps, { pod, spec, dir, sizeBytes }: ExpandRequest): Promise<void> {
  const source = sourceOf(spec, pod);
  const node = driverNode(deps, source.driver, 'Expander.NodeExpand failed to get CSI client');
  if (!await deps.drivers.can(node, 'EXPAND_VOLUME')) return;
  const secrets = await driverSecrets(deps, source.expandSecret, 'NodeExpandSecretRef');
  const staging = stagingDir(deps.rootDir, { driverName: source.driver, volumeHandle: source.volumeHandle });
  try {
    await node.expand({
      volumeId: source.volumeHandle, volumePath: spec.block ? dir : path.join(dir, 'mount'), capacityRange: { requiredBytes: sizeBytes }, secrets,
      stagingTargetPath: deps.staged.has(staging) ? staging : '', volumeCapability: await capabilityOf(deps, { source, node, pod, block: spec.block, mountOptions: mountOptionsOf(spec) }),
    });
  } catch (error) {
    throw new StepError('MountVolume.Setup failed while expanding volume', `Expander.NodeExpand failed to expand the volume : ${errorMessage(error)}`, { cause: error });
  }
}
