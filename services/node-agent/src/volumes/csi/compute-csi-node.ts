import type { coreV1, storageV1 } from '@kubernode/api';

export interface DriverFacts { name: string; nodeId: string; topologyKeys: readonly string[]; /** 0 where the driver names no limit. */ volumesMax: number }

/** The kinds of volumes that Kubernetes itself once had, whose drivers serve them now. */
const MIGRATED_PLUGINS = ['kubernetes.io/aws-ebs', 'kubernetes.io/azure-disk', 'kubernetes.io/azure-file', 'kubernetes.io/cinder', 'kubernetes.io/gce-pd', 'kubernetes.io/portworx-volume', 'kubernetes.io/vsphere-volume'];
const MIGRATED_ANNOTATION = 'storage.alpha.kubernetes.io/migrated-plugins';
const INT32_MAX = 2 ** 31 - 1;

/** A node's object before any driver is there. */
export function computeCsiNode({ metadata: { name, uid = '' } }: coreV1.Node): storageV1.CSINode {
  return withMigratedPlugins({ apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] }, spec: { drivers: [] } });
}

/** Each of these gives back the same object when there is nothing to change. */
export function withMigratedPlugins(node: storageV1.CSINode): storageV1.CSINode {
  const value = MIGRATED_PLUGINS.join(',');
  if (node.metadata.annotations?.[MIGRATED_ANNOTATION] === value) return node;
  return { ...node, metadata: { ...node.metadata, annotations: { ...node.metadata.annotations, [MIGRATED_ANNOTATION]: value } } };
}

export function withDriver(node: storageV1.CSINode, { name, nodeId, topologyKeys, volumesMax }: DriverFacts): storageV1.CSINode {
  const driver: storageV1.CSINodeDriver = { name, nodeID: nodeId, topologyKeys: [...topologyKeys], ...(volumesMax > 0 && { allocatable: { count: Math.min(volumesMax, INT32_MAX) } }) };
  const known = driversOf(node).find((one) => one.name === name);
  const isSame = known !== undefined && known.nodeID === nodeId && known.allocatable?.count === driver.allocatable?.count && String([...known.topologyKeys ?? []].sort()) === String(topologyKeys);
  return isSame ? withMigratedPlugins(node) : withMigratedPlugins({ ...node, spec: { ...node.spec, drivers: [...driversOf(node).filter((one) => one.name !== name), driver] } });
}

export function withoutDriver(node: storageV1.CSINode, name: string): storageV1.CSINode {
  const drivers = driversOf(node).filter((one) => one.name !== name);
  return drivers.length === driversOf(node).length ? node : { ...node, spec: { ...node.spec, drivers } };
}

function driversOf({ spec }: storageV1.CSINode): readonly storageV1.CSINodeDriver[] {
  return (spec.drivers as storageV1.CSINodeDriver[] | null) ?? []; // servers show an empty list as null
}
