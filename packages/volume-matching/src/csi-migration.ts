import type { coreV1 } from '@kubernode/api';

/** Built-in plugins that CSI drivers have replaced for good: by the plugin's name, and by the field of a volume's source. */
const REPLACED: readonly { plugin: string; driver: string; source: keyof coreV1.PersistentVolumeSpec & keyof coreV1.Volume }[] = [
  { plugin: 'kubernetes.io/aws-ebs', driver: 'ebs.csi.aws.com', source: 'awsElasticBlockStore' },
  { plugin: 'kubernetes.io/gce-pd', driver: 'pd.csi.storage.gke.io', source: 'gcePersistentDisk' },
  { plugin: 'kubernetes.io/cinder', driver: 'cinder.csi.openstack.org', source: 'cinder' },
  { plugin: 'kubernetes.io/azure-disk', driver: 'disk.csi.azure.com', source: 'azureDisk' },
  { plugin: 'kubernetes.io/azure-file', driver: 'file.csi.azure.com', source: 'azureFile' },
  { plugin: 'kubernetes.io/vsphere-volume', driver: 'csi.vsphere.vmware.com', source: 'vsphereVolume' },
  { plugin: 'kubernetes.io/portworx-volume', driver: 'pxd.portworx.com', source: 'portworxVolume' },
];

/** The CSI driver that stands in for a former built-in plugin; undefined when the name is of none. */
export function csiDriverOf(plugin: string): string | undefined {
  return REPLACED.find((one) => one.plugin === plugin)?.driver;
}

/** The replaced plugin that a volume's source belongs to. */
export function inTreePluginOf(source: Readonly<coreV1.PersistentVolumeSpec> | Readonly<coreV1.Volume> | undefined): string | undefined {
  return REPLACED.find((one) => source?.[one.source] !== undefined)?.plugin;
}
