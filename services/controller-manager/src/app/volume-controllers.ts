import type { Controller, Runtime } from '@kubernode/controller';
import { attachDetachController } from '../controllers/volume/attach-detach/attach-detach-controller.ts';
import { claimBinder } from '../controllers/volume/binder/claim-binder.ts';
import { volumeBinder } from '../controllers/volume/binder/volume-binder.ts';
import { ephemeralVolumeController } from '../controllers/volume/ephemeral/ephemeral-volumes.ts';
import { volumeExpander } from '../controllers/volume/expand/volume-expander.ts';
import { localPathCleaner } from '../controllers/volume/local-path/local-path-cleaner.ts';
import { localPathProvisioner } from '../controllers/volume/local-path/local-path-provisioner.ts';
import { volumeMetrics } from '../controllers/volume/metrics.ts';
import { attributesClassProtection } from '../controllers/volume/protection/attributes-class-protection.ts';
import { claimProtection } from '../controllers/volume/protection/claim-protection.ts';
import { volumeProtection } from '../controllers/volume/protection/volume-protection.ts';
import { claims, volumes } from '../controllers/volume/save.ts';
import type { VolumeOptions } from './volume-options.ts';

/** The controllers of volumes and claims, by the names that --controllers takes. */
export const volumeControllers: Readonly<Record<string, (options: VolumeOptions, runtime: Pick<Runtime, 'clock' | 'registry' | 'informers'>) => Controller | readonly Controller[]>> = {
  'persistentvolume-binder-controller': (options, runtime) => [claimBinder(binderOptions(options)), volumeBinder({ ...binderOptions(options), onLook: metricsOf(runtime).onLead })],
  'persistentvolume-attach-detach-controller': (options, runtime) => attachDetachController({ clock: runtime.clock, forceDetach: !options['disable-force-detach-on-timeout'], onForced: metricsOf(runtime).onForcedDetach }),
  'persistentvolume-protection-controller': () => volumeProtection,
  'persistentvolumeclaim-protection-controller': () => claimProtection,
  'persistentvolume-expander-controller': () => volumeExpander,
  'volumeattributesclass-protection-controller': () => attributesClassProtection,
  'ephemeral-volume-controller': (_options, runtime) => ephemeralVolumeController(metricsOf(runtime).onEphemeralClaim),
  'local-path-provisioner-controller': (options) => [localPathProvisioner({ dir: options['local-path-dir'] }), localPathCleaner],
};

function metricsOf({ registry, informers }: Pick<Runtime, 'registry' | 'informers'>): ReturnType<typeof volumeMetrics> {
  return volumeMetrics(registry, { volumes: () => informers.informer(volumes).lister.list(), claims: () => informers.informer(claims).lister.list() });
}

function binderOptions(options: VolumeOptions): Parameters<typeof claimBinder>[0] & Parameters<typeof volumeBinder>[0] {
  return {
    syncPeriodMs: options['pvclaimbinder-sync-period'], dynamic: options['enable-dynamic-provisioning'],
    times: {
      hostPath: { minimumSeconds: options['pv-recycler-minimum-timeout-hostpath'], secondsEachGiB: options['pv-recycler-timeout-increment-hostpath'] },
      nfs: { minimumSeconds: options['pv-recycler-minimum-timeout-nfs'], secondsEachGiB: options['pv-recycler-increment-timeout-nfs'] },
    },
  };
}
