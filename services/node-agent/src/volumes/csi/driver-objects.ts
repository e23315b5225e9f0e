import { type storageV1, storageV1Resources } from '@kubernode/api';
import { timeLimit, type Clock } from '@kubernode/base';
import type { Informer, InformerFactory } from '@kubernode/client';
import { VolumeError } from '../volume-error.ts';

export type DriverObject = Readonly<storageV1.CSIDriver>;

export interface DriverObjects {
  /** Undefined for a driver without an object. Waits for the first list. */
  get(name: string): Promise<DriverObject | undefined>;
  /** What is known now. */
  peek(name: string): DriverObject | undefined;
}

const SYNC_TIMEOUT_MS = 30_000;

/** The CSIDriver objects; watched from when a pod first has a volume of such a driver. */
export function createDriverObjects(informers: Pick<InformerFactory, 'informer'>, clock: Clock): DriverObjects {
  let informer: Informer<storageV1.CSIDriver> | undefined;
  return {
    async get(name) {
      informer ??= informers.informer(storageV1Resources.csidrivers);
      if (!informer.hasSynced) {
        using limit = timeLimit({ clock, ms: SYNC_TIMEOUT_MS });
        await informer.synced(limit.signal).catch(() => { throw new VolumeError('failed to wait for cache sync for CSIDriverLister'); });
      }
      return informer.lister.get(name);
    },
    peek: (name) => informer?.lister.get(name),
  };
}
