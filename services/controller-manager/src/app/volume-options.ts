import { optionTable, type OptionSpec, type Options } from '@kubernode/component-base';

type Flag<K extends 'boolean' | 'int' | 'duration' | 'string'> = OptionSpec<K> & { kind: K; default: NonNullable<OptionSpec<K>['default']> };

type VolumeTable = {
  readonly 'pvclaimbinder-sync-period': Flag<'duration'>;
  readonly 'enable-dynamic-provisioning': Flag<'boolean'>;
  readonly 'pv-recycler-minimum-timeout-hostpath': Flag<'int'>;
  readonly 'pv-recycler-timeout-increment-hostpath': Flag<'int'>;
  readonly 'pv-recycler-minimum-timeout-nfs': Flag<'int'>;
  readonly 'pv-recycler-increment-timeout-nfs': Flag<'int'>;
  readonly 'disable-force-detach-on-timeout': Flag<'boolean'>;
  readonly 'disable-attach-detach-reconcile-sync': OptionSpec<'boolean'> & { kind: 'boolean' };
  readonly 'attach-detach-reconcile-sync-period': OptionSpec<'duration'> & { kind: 'duration' };
  readonly 'local-path-dir': Flag<'string'>;
};

/** Flags of the controllers of volumes and claims. */
export const volumeOptions: VolumeTable = optionTable({
  'pvclaimbinder-sync-period': { kind: 'duration', default: 15_000, help: 'How often claims without a volume, and volumes that could not be reclaimed, are looked at again' },
  'enable-dynamic-provisioning': { kind: 'boolean', default: true, help: 'Have volumes made for claims by the provisioners of their classes' },
  'pv-recycler-minimum-timeout-hostpath': { kind: 'int', default: 60, help: 'Seconds that emptying a hostPath volume may take at least' },
  'pv-recycler-timeout-increment-hostpath': { kind: 'int', default: 30, help: 'Seconds for each GiB of it' },
  'pv-recycler-minimum-timeout-nfs': { kind: 'int', default: 300, help: 'The same for NFS volumes' },
  'pv-recycler-increment-timeout-nfs': { kind: 'int', default: 30, help: 'Seconds for each GiB of them' },
  'disable-force-detach-on-timeout': { kind: 'boolean', default: false, help: 'Never detach what a node that is not ready has in use; by default that is done after six minutes' },
  'disable-attach-detach-reconcile-sync': { kind: 'boolean', help: '', ignored: 'attachments are looked at when they change' },
  'attach-detach-reconcile-sync-period': { kind: 'duration', help: '', ignored: 'attachments are looked at when they change' },
  'local-path-dir': { kind: 'string', default: '/var/lib/kubernode/volumes', help: 'Where nodes keep the volumes of the local-path provisioner; the same as theirs', placeholder: 'DIR' },
});

export type VolumeOptions = Options<VolumeTable>;
