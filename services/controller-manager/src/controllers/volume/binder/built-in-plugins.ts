import { goQuote } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

/**
 * Of the plugins that lived in Kubernetes itself two are left that make, clean or delete volumes in the control plane: hostPath, for tests,
 * and nfs. Everything else is an outside driver's.
 */
const HOST_PATH = 'kubernetes.io/host-path';
const NFS = 'kubernetes.io/nfs';
const BUILT_IN_PREFIX = 'kubernetes.io/';

/** Whether a provisioner of this name is a program of its own. */
export function isOutside(provisioner: string): boolean { return !provisioner.startsWith(BUILT_IN_PREFIX); }

/** Why no built-in plugin makes volumes for the provisioner; undefined for hostPath, whose provisioning is then found to be off. */
export function provisionerFault(provisioner: string): string | undefined {
  if (provisioner === HOST_PATH) return undefined;
  return provisioner === NFS ? 'no provisionable volume plugin matched' : unknownName(provisioner);
}

/** Who deletes what is stored in a volume: an outside driver, the built-in hostPath plugin, or nobody. */
export type Deleter = { by: 'driver' } | { by: 'host-path'; path: string } | { by: 'nobody'; fault: string };

export function deleterOf({ metadata: { name }, spec }: Readonly<coreV1.PersistentVolume>, provisioner: string): Deleter {
  if (provisioner !== '') return isOutside(provisioner) ? { by: 'driver' } : deleterByName(provisioner, { name, path: spec?.hostPath?.path });
  if (spec?.csi !== undefined) return { by: 'driver' };
  if (spec?.hostPath !== undefined) return { by: 'host-path', path: spec.hostPath.path };
  return { by: 'nobody', fault: `error getting deleter volume plugin for volume ${goQuote(name)}: ${spec?.nfs === undefined ? 'no volume plugin matched' : 'no deletable volume plugin matched'}` };
}

function deleterByName(provisioner: string, { name, path }: { name: string; path: string | undefined }): Deleter {
  if (provisioner !== HOST_PATH) return { by: 'nobody', fault: provisioner === NFS ? 'no deletable volume plugin matched' : unknownName(provisioner) };
  return path === undefined ? { by: 'nobody', fault: `failed to create deleter for volume ${goQuote(name)}: spec.PersistentVolumeSource.HostPath is nil` } : { by: 'host-path', path };
}

/** Why the hostPath plugin does not delete a directory; undefined when it is in the only place where it would. */
export function hostPathDeletionFault(path: string): string | undefined {
  return /\/tmp\/.+/.test(path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
}

function unknownName(provisioner: string): string { return `no volume plugin matched name: ${provisioner}`; }
