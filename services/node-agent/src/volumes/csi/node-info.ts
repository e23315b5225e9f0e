import { isAlreadyExists, isConflict, isNotFound } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources, type storageV1, storageV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, exponentialBackoff, KeyedSequencer, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { CsiNodeInfo } from '@kubernode/rpc';
import { VolumeError } from '../volume-error.ts';
import { computeCsiNode, withDriver, withMigratedPlugins, withoutDriver } from './compute-csi-node.ts';

export interface NodeInfoDeps { client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>; nodeName: string; clock: Clock; rng: Rng; logger: Logger }

const NODE_ID_ANNOTATION = 'csi.volume.kubernetes.io/nodeid';
const ATTEMPTS_MAX = 8;
const BACKOFF = { initialMs: 10, maxMs: 5_000, factor: 4 };

/** Tells the API server which CSI drivers the node has: in its CSINode object, and in the node's annotations and topology labels. */
export class NodeInfo {
  readonly #deps: NodeInfoDeps;
  readonly #sequencer = new KeyedSequencer<'node'>();

  constructor(deps: NodeInfoDeps) { this.#deps = deps; }

  /** Has the CSINode object of this node, before any driver comes; tried until it is there. */
  async initialize(signal: AbortSignal): Promise<void> {
    const { clock, rng, logger } = this.#deps;
    const backoff = exponentialBackoff({ initialMs: 100, maxMs: 30_000, rng });
    for (;;) {
      try { await this.#change((known) => withMigratedPlugins(known)); return; } catch (error) {
        logger.warn('cannot publish the CSINode object', { error: errorMessage(error) });
        await clock.sleep(backoff.next(), { signal });
      }
    }
  }

  async install(driver: string, { nodeId, maxVolumesPerNode, accessibleTopology }: CsiNodeInfo): Promise<void> {
    if (nodeId === '') throw new VolumeError('error adding CSI driver node info: driverNodeID must not be empty');
    const topology = accessibleTopology?.segments ?? {};
    await this.#retry(() => this.#label({ driver, nodeId, topology })).catch((error: unknown) => { throw new VolumeError(`error updating Node object with CSI driver node info: ${errorMessage(error)}`, { cause: error }); });
    await this.#change((known) => withDriver(known, { name: driver, nodeId, topologyKeys: Object.keys(topology).sort(), volumesMax: Number(maxVolumesPerNode) }))
      .catch((error: unknown) => { throw new VolumeError(`error updating CSINode object with CSI driver node info: ${errorMessage(error)}`, { cause: error }); });
  }

  async uninstall(driver: string): Promise<void> {
    await this.#change((known) => withoutDriver(known, driver)).catch((error: unknown) => { throw new VolumeError(`error uninstalling CSI driver from CSINode object ${errorMessage(error)}`, { cause: error }); });
    await this.#retry(() => this.#label({ driver, nodeId: undefined, topology: {} })).catch((error: unknown) => { throw new VolumeError(`error removing CSI driver node info from Node object ${errorMessage(error)}`, { cause: error }); });
  }

  /** Writes what the function makes of the object, unless it stays the same. */
  async #change(edit: (known: storageV1.CSINode) => storageV1.CSINode): Promise<void> {
    await this.#retry(async () => {
      const { client, nodeName } = this.#deps;
      const node = await client.get(coreV1Resources.nodes, { name: nodeName });
      const known = await this.#find();
      if (known !== undefined && known.metadata.ownerReferences?.some(({ kind, uid }) => kind === 'Node' && uid === node.metadata.uid) !== true) {
        await client.delete(storageV1Resources.csinodes, { name: nodeName });
        throw new VolumeError(`CSINode "${nodeName}" was owned by different node, deleted it`); // the next attempt makes it anew
      }
      const next = edit(known ?? computeCsiNode(node));
      if (known === undefined) await client.create(storageV1Resources.csinodes, next);
      else if (next !== known) await client.update(storageV1Resources.csinodes, next);
    });
  }

  async #find(): Promise<storageV1.CSINode | undefined> {
    try { return await this.#deps.client.get(storageV1Resources.csinodes, { name: this.#deps.nodeName }); } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #label({ driver, nodeId, topology }: { driver: string; nodeId: string | undefined; topology: Readonly<Record<string, string>> }): Promise<void> {
    const { client, nodeName } = this.#deps;
    const { metadata } = await client.get(coreV1Resources.nodes, { name: nodeName });
    for (const [key, value] of Object.entries(topology)) {
      const current = metadata.labels?.[key];
      if (current !== undefined && current !== value) throw new VolumeError(`detected topology value collision: driver reported "${key}":"${value}" but existing label is "${key}":"${current}"`);
    }
    const annotation = nodeIds(metadata.annotations?.[NODE_ID_ANNOTATION], driver, nodeId);
    const isSame = annotation === (metadata.annotations?.[NODE_ID_ANNOTATION] ?? null) && Object.entries(topology).every(([key, value]) => metadata.labels?.[key] === value);
    if (isSame) return;
    await client.patch<coreV1.Node>(coreV1Resources.nodes, { name: nodeName }, { type: 'strategic', body: { metadata: { annotations: { [NODE_ID_ANNOTATION]: annotation }, labels: topology, resourceVersion: metadata.resourceVersion } } });
  }

  /** One change at a time: those of this process must not get in each other's way. */
  #retry(attempt: () => Promise<void>): Promise<void> { return this.#sequencer.run('node', () => this.#retryNow(attempt)); }

  async #retryNow(attempt: () => Promise<void>): Promise<void> {
    const { clock, rng } = this.#deps;
    const backoff = exponentialBackoff({ ...BACKOFF, rng });
    for (let count = 1; ; count++) {
      try { await attempt(); return; } catch (error) {
        if (count >= ATTEMPTS_MAX) throw error;
        if (!isConflict(error) && !isAlreadyExists(error) && !(error instanceof VolumeError && count < 3)) throw error;
        await clock.sleep(backoff.next());
      }
    }
  }
}

/** The annotation's value with the driver's id of this node, or without the driver; null when none is left. */
function nodeIds(text: string | undefined, driver: string, nodeId: string | undefined): string | null {
  const known = text === undefined ? {} : JSON.parse(text) as Record<string, string>; // as this node wrote it
  const next = Object.fromEntries([...Object.entries(known).filter(([name]) => name !== driver), ...(nodeId === undefined ? [] : [[driver, nodeId] as const])].sort(([a], [b]) => (a < b ? -1 : 1)));
  return Object.keys(next).length === 0 ? null : JSON.stringify(next);
}
