import type { Finding } from './explanation.ts';

export interface DeletionTarget { readonly kind: string; readonly namespace: string; readonly name: string }

/** Who takes a finalizer away, and when. */
const OWNERS: Readonly<Record<string, string>> = {
  foregroundDeletion: 'the garbage collector (controller manager), once all dependants that block it are gone',
  orphan: 'the garbage collector (controller manager), once it has cut its dependants loose',
  kubernetes: 'the namespace controller (controller manager), once the namespace is empty',
  'kubernetes.io/pvc-protection': 'the PVC protection controller (controller manager), once no pod uses the claim',
  'kubernetes.io/pv-protection': 'the PV protection controller (controller manager), once no claim is bound to the volume',
  'batch.kubernetes.io/job-tracking': 'the job controller (controller manager), once it has counted the pod',
  'service.kubernetes.io/load-balancer-cleanup': "the cloud's service controller, once the load balancer is gone; nobody without one",
  'customresourcecleanup.apiextensions.k8s.io': 'the API server, once all objects of the definition are gone',
  'resource.kubernetes.io/delete-protection': 'the resource claim controller (controller manager), once no pod uses the claim',
  'external-provisioner.volume.kubernetes.io/finalizer': 'the CSI driver that made the volume, once it has deleted it',
  'kubernetes.io/pv-controller': 'the PV controller (controller manager), once the volume is deleted',
  'snapshot.storage.kubernetes.io/pvc-as-source-protection': 'the snapshot controller, once the snapshot is taken',
  'networking.k8s.io/service-cidr-finalizer': 'the service CIDR controller (controller manager), once no address of the range is in use',
};

/** What a finalizer waits for, or whose it seems to be. */
export function finalizerFinding(finalizer: string, { kind, namespace, name }: DeletionTarget): Finding {
  const owner = OWNERS[finalizer] ?? (finalizer.startsWith('external-attacher/') ? `the attacher of the CSI driver ${finalizer.slice('external-attacher/'.length)}, once the volume is detached` : undefined);
  if (owner !== undefined) return { topic: 'finalizer', text: `Finalizer ${finalizer} is taken away by ${owner}.` };
  const domain = finalizer.split('/')[0] ?? finalizer;
  const place = namespace === '' ? '' : ` -n ${namespace}`;
  return {
    topic: 'finalizer', text: `Finalizer ${finalizer} belongs to a program of ${JSON.stringify(domain)}, which has to take it away. Is it running, and may it write this object? Its logs say what it waits for. Only if it is gone for good, take the finalizer away by hand; what it guards may be left behind.`,
    next: `kubectl get ${kind} ${name}${place} -o jsonpath='{.metadata.finalizers}'`,
  };
}
