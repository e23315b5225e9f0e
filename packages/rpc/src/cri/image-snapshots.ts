import type { Clock } from '@kubernode/base';
import { PluginError } from '../csi/plugin-error.ts';
import { openPluginSocket } from '../csi/plugin-socket.ts';

export interface SnapshotMount { type: string; source: string; options: readonly string[] }

/** Unpacked images of containerd, to be looked at. All calls reject with a PluginError. */
export interface ImageSnapshots {
  /** How to mount the layers up to a chain's id for reading; they stay as long as the key does. Asked again it answers the same. */
  view(request: { snapshotter: string; key: string; chainId: string }): Promise<readonly SnapshotMount[]>;
  remove(request: { snapshotter: string; key: string }): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

/** The service on the same socket as the container runtime interface, in Kubernetes' namespace. */
export function openImageSnapshots(endpoint: string, { clock }: { clock: Clock }): ImageSnapshots {
  const socket = openPluginSocket({ endpoint, clock, contract: { file: 'containerd/snapshots.proto', service: 'containerd.services.snapshots.v1.Snapshots' }, metadata: { 'containerd-namespace': 'k8s.io' } });
  const call = <R>(method: string, request: object): Promise<R> => socket.call<R>(method, request, { timeoutMs: TIMEOUT_MS });
  return {
    async view({ snapshotter, key, chainId }) {
      try {
        // Without the label containerd would take it for rubbish.
        return (await call<{ mounts: readonly SnapshotMount[] }>('View', { snapshotter, key, parent: chainId, labels: { 'containerd.io/gc.root': new Date(clock.now()).toISOString() } })).mounts;
      } catch (error) {
        if (!(error instanceof PluginError && error.code === 'AlreadyExists')) throw error;
        return (await call<{ mounts: readonly SnapshotMount[] }>('Mounts', { snapshotter, key })).mounts;
      }
    },
    async remove(request) {
      try { await call('Remove', request); } catch (error) {
        if (!(error instanceof PluginError && error.code === 'NotFound')) throw error;
      }
    },
    close: () => socket.close(),
  };
}
