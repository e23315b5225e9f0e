import type { Clock } from '@kubernode/base';
import { openPluginSocket } from './plugin-socket.ts';

/** As the interface names them; drivers of later versions may have others. */
export type CsiNodeCapability = 'STAGE_UNSTAGE_VOLUME' | 'GET_VOLUME_STATS' | 'EXPAND_VOLUME' | 'VOLUME_CONDITION' | 'SINGLE_NODE_MULTI_WRITER' | 'VOLUME_MOUNT_GROUP';
export type CsiAccessMode = 'UNKNOWN' | 'SINGLE_NODE_WRITER' | 'MULTI_NODE_READER_ONLY' | 'MULTI_NODE_MULTI_WRITER' | 'SINGLE_NODE_SINGLE_WRITER' | 'SINGLE_NODE_MULTI_WRITER';
export type CsiMap = Readonly<Record<string, string>>;

export interface CsiVolumeCapability {
  accessMode: { mode: CsiAccessMode };
  /** One of both. */
  block?: object;
  mount?: { fsType: string; mountFlags: readonly string[]; volumeMountGroup?: string };
}

export interface CsiStageRequest { volumeId: string; publishContext: CsiMap; stagingTargetPath: string; volumeCapability: CsiVolumeCapability; secrets: CsiMap; volumeContext: CsiMap }
export interface CsiPublishRequest extends CsiStageRequest { targetPath: string; readonly: boolean }
export interface CsiExpandRequest { volumeId: string; volumePath: string; capacityRange: { requiredBytes: number }; stagingTargetPath: string; volumeCapability: CsiVolumeCapability; secrets: CsiMap }
export interface CsiNodeInfo { nodeId: string; maxVolumesPerNode: number; accessibleTopology: { segments: CsiMap } | null }
export interface CsiVolumeUsage { available: number; total: number; used: number; unit: 'UNKNOWN' | 'BYTES' | 'INODES' }
export interface CsiVolumeStats { usage: readonly CsiVolumeUsage[]; volumeCondition: { abnormal: boolean; message: string } | null }

/** The node service of a CSI driver. All calls reject with a PluginError. */
export interface CsiNode {
  info(): Promise<CsiNodeInfo>;
  capabilities(): Promise<ReadonlySet<string>>;
  stage(request: CsiStageRequest): Promise<void>;
  unstage(request: { volumeId: string; stagingTargetPath: string }): Promise<void>;
  publish(request: CsiPublishRequest): Promise<void>;
  unpublish(request: { volumeId: string; targetPath: string }): Promise<void>;
  /** Resolves to the size it has then. */
  expand(request: CsiExpandRequest): Promise<number>;
  stats(request: { volumeId: string; volumePath: string }): Promise<CsiVolumeStats>;
  close(): void;
}

/** What Kubernetes gives a driver's call. */
const CALL_TIMEOUT_MS = 120_000;

export interface CsiNodeOptions {
  /** Socket of the driver. */
  endpoint: string;
  clock: Clock;
  /** Told of every call that ended. */
  observe?: ((method: string, code: string, seconds: number) => void) | undefined;
}

export function openCsiNode({ endpoint, clock, observe }: CsiNodeOptions): CsiNode {
  const socket = openPluginSocket({ endpoint, clock, observe, contract: { file: 'csi/v1/csi.proto', service: 'csi.v1.Node' } });
  const call = <R>(method: string, request: object): Promise<R> => socket.call<R>(method, request, { timeoutMs: CALL_TIMEOUT_MS });
  return {
    info: () => call<CsiNodeInfo>('NodeGetInfo', {}),
    async capabilities() {
      const { capabilities } = await call<{ capabilities: readonly { rpc: { type: string } | null }[] }>('NodeGetCapabilities', {});
      return new Set(capabilities.flatMap(({ rpc }) => (rpc ? [rpc.type] : [])));
    },
    async stage(request) { await call('NodeStageVolume', request); },
    async unstage(request) { await call('NodeUnstageVolume', request); },
    async publish(request) { await call('NodePublishVolume', request); },
    async unpublish(request) { await call('NodeUnpublishVolume', request); },
    async expand(request) { return (await call<{ capacityBytes: number }>('NodeExpandVolume', request)).capacityBytes; },
    stats: (request) => call<CsiVolumeStats>('NodeGetVolumeStats', request),
    close: () => socket.close(),
  };
}
