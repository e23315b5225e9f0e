import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { type CsiNode, openCsiNode } from '@kubernode/rpc';
import type { VolumeMetrics } from '../volume-metrics.ts';
import { VolumeError } from '../volume-error.ts';
import { highestVersion } from './compute-registrations.ts';
import type { CsiDrivers } from './csi-drivers.ts';
import type { NodeInfo } from './node-info.ts';
import type { PluginHandler } from './plugin-watcher.ts';
import { csiText } from './vol-data.ts';

/** The type by which CSI drivers introduce themselves. */
export const CSI_PLUGIN_TYPE = 'CSIPlugin';

export interface CsiRegistrationDeps { drivers: CsiDrivers; nodeInfo: Pick<NodeInfo, 'install' | 'uninstall'>; metrics: Pick<VolumeMetrics, 'csiCall'>; clock: Clock; logger: Logger }

/** Takes CSI drivers in: asks what the node is to them, tells the API server, and has them at hand from then on. */
export function createCsiRegistration({ drivers, nodeInfo, metrics, clock, logger }: CsiRegistrationDeps): PluginHandler {
  const unregister = async (name: string): Promise<void> => {
    drivers.delete(name);
    await nodeInfo.uninstall(name);
  };
  return {
    async register({ name, endpoint, supportedVersions }) {
      const version = validVersion({ name, endpoint, supportedVersions }, drivers.find(name)?.version);
      const node: CsiNode = openCsiNode({ endpoint, clock, observe: (method, code, seconds) => metrics.csiCall(name, { method, code, seconds }) });
      drivers.set(name, { endpoint, version, node });
      try {
        await nodeInfo.install(name, await node.info());
      } catch (error) {
        await unregister(name).catch((fault: unknown) => { logger.warn('cannot let go of a driver', { driver: name, error: errorMessage(fault) }); });
        throw new VolumeError(`RegisterPlugin error -- plugin registration failed with err: ${errorMessage(error)}`, { cause: error });
      }
    },
    unregister,
  };
}

function validVersion({ name, endpoint, supportedVersions }: { name: string; endpoint: string; supportedVersions: readonly string[] }, known: string | undefined): string {
  const fault = (why: string): VolumeError => new VolumeError(`RegisterPlugin error -- plugin validation failed with err: validation failed for CSI Driver ${name} at endpoint ${endpoint}: ${csiText(`ValidatePlugin for CSI driver "${name}" failed. ${why}`)}`);
  if (supportedVersions.length === 0) throw fault('Plugin returned an empty list for supported versions');
  const version = highestVersion(supportedVersions);
  if (version === undefined) throw fault(`None of the versions specified [${supportedVersions.map((one) => `"${one}"`).join(' ')}] are supported. err=None of the versions are supported`);
  if (known !== undefined && highestVersion([known, version]) === known) throw fault(`Another driver with the same name is already registered with a higher supported version: "${known}"`);
  return version;
}
