import path from 'node:path';
import { coreV1Resources } from '@kubernode/api';
import { type Clock, type Rng, TaskGroup } from '@kubernode/base';
import type { Client, InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { PodEvents } from '../events/pod-events.ts';
import { CsiDrivers } from './csi/csi-drivers.ts';
import { type CsiDeps, createCsiPlugin } from './csi/csi-plugin.ts';
import { createCsiRegistration, CSI_PLUGIN_TYPE } from './csi/csi-registration.ts';
import { createDriverObjects } from './csi/driver-objects.ts';
import { NodeInfo } from './csi/node-info.ts';
import { PluginWatcher } from './csi/plugin-watcher.ts';
import { LocalPaths } from './local-paths.ts';
import type { Mounter } from './mounter.ts';
import { createConfigMapPlugin } from './plugins/config-map.ts';
import { createDownwardApiPlugin } from './plugins/downward-api.ts';
import { createEmptyDirPlugin, createEmptyDirs } from './plugins/empty-dir.ts';
import { createHostPathPlugin } from './plugins/host-path.ts';
import { createImagePlugin, type ImageVolumeDeps } from './plugins/image.ts';
import { createLocalPlugin } from './plugins/local.ts';
import { createNfsPlugin } from './plugins/nfs.ts';
import { createProjectedPlugin } from './plugins/projected.ts';
import { createSecretPlugin } from './plugins/secret.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';
import { createTrustBundles } from './trust-bundles.ts';
import { VolumeExpander } from './volume-expander.ts';
import { VolumeManager } from './volume-manager.ts';
import { createVolumeMetrics, type VolumeCounts } from './volume-metrics.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export interface VolumesDeps extends Pick<ImageVolumeDeps, 'ensureImage' | 'runtime'> {
  rootDir: string;
  localPathDir: string;
  nodeName: string;
  /** What pods can have of it together. */
  nodeMemoryBytes: number;
  client: Client;
  informers: InformerFactory;
  mounter: Mounter;
  events: PodEvents;
  registry: Registry;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

/** All that a node does about volumes. */
export interface Volumes {
  manager: VolumeManager;
  /** Deletes what is stored in a volume of the local-path provisioner. */
  removeLocalPath: (name: string) => Promise<void>;
  /** Has the CSINode object, and takes in CSI drivers, until aborted. */
  run: (signal: AbortSignal) => Promise<void>;
}

/** The parts and who knows whom; nothing runs yet. */
export function createVolumes(deps: VolumesDeps): Volumes {
  const { client, clock, rng, logger, mounter, events, rootDir, nodeName } = deps;
  const tokens = new ServiceAccountTokens({ client, clock, rng, logger });
  const metrics = createVolumeMetrics(deps.registry, { clock, counts: () => countVolumes(manager) });
  const localPaths = new LocalPaths({ root: deps.localPathDir, mounter });
  const drivers = new CsiDrivers();
  const nodeInfo = new NodeInfo({ client, nodeName, clock, rng, logger });
  const csi: CsiDeps = { rootDir, drivers, objects: createDriverObjects(deps.informers, clock), mounter, events, clock, client, nodeName, tokens, staged: new Set() };
  const manager = new VolumeManager({
    rootDir, mounter, client, tokens, events, metrics, clock, logger, plugins: plugins(deps, { csi, tokens, localPaths }),
    expander: new VolumeExpander({ client, events, nodeName, logger }),
    nodeLabels: async () => (await client.get(coreV1Resources.nodes, { name: nodeName })).metadata.labels ?? {},
  });
  const watcher = new PluginWatcher({ dir: path.join(rootDir, 'plugins_registry'), handlers: { [CSI_PLUGIN_TYPE]: createCsiRegistration({ drivers, nodeInfo, metrics, clock, logger }) }, clock, logger });
  return {
    manager,
    removeLocalPath: (name) => localPaths.remove(name, (dir) => manager.isUsed(dir)),
    async run(signal) {
      const group = new TaskGroup(signal);
      group.spawn((inner) => nodeInfo.initialize(inner));
      group.spawn((inner) => watcher.run(inner));
      try { await group.done(); } finally { drivers.close(); }
    },
  };
}

function plugins(deps: VolumesDeps, { csi, tokens, localPaths }: { csi: CsiDeps; tokens: ServiceAccountTokens; localPaths: LocalPaths }): VolumePlugin[] {
  const { mounter, clock, events, rootDir, rng, client, informers } = deps;
  const emptyDirs = createEmptyDirs({ rootDir, mounter, nodeMemoryBytes: deps.nodeMemoryBytes });
  const files = { emptyDirs, clock };
  return [
    createEmptyDirPlugin(emptyDirs), createConfigMapPlugin(files), createSecretPlugin(files), createDownwardApiPlugin(files),
    createProjectedPlugin({ ...files, tokens, trustBundles: createTrustBundles({ client, informers, clock, rng }) }),
    createHostPathPlugin({ localPaths }), createLocalPlugin({ rootDir, mounter, events, clock }), createNfsPlugin({ mounter }),
    createImagePlugin(deps), createCsiPlugin(csi),
  ];
}

function countVolumes(manager: VolumeManager): VolumeCounts {
  const desired = new Map<string, number>();
  const actual = new Map<string, number>();
  for (const { plugin, spec, ready } of manager.list()) {
    const driver = (spec.inline ?? spec.persistent?.spec)?.csi?.driver;
    const name = driver === undefined ? plugin.name : `${plugin.name}:${driver}`;
    desired.set(name, (desired.get(name) ?? 0) + 1);
    if (ready !== undefined) actual.set(name, (actual.get(name) ?? 0) + 1);
  }
  return { desired, actual };
}
