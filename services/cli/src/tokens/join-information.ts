import { createHash, X509Certificate } from 'node:crypto';
import { coreV1Resources } from '@kubernode/api';
import { isNotFound, type KubeObject } from '@kubernode/apimachinery';
import type { Client } from '@kubernode/client';
import { certificatesIn, UserError } from '@kubernode/component-base';
import { applyObject } from '../cluster/apply-object.ts';
import { CLUSTER_INFO, clusterInfoKubeconfig } from '../cluster/cluster-info.ts';
import { JOINING_NODES } from './bootstrap-token.ts';

/** What a machine needs beside its token to find the cluster and to know it again. */
export interface JoinInformation { /** `HOST:PORT`. */ endpoint: string; /** PEM. */ ca: string }

/** Asks the cluster where it is, and by whom its servers are known. */
export async function readJoinInformation(client: Client, signal: AbortSignal): Promise<JoinInformation> {
  const [endpoints, rootCa] = await Promise.all([
    client.get(coreV1Resources.endpoints, { namespace: 'default', name: 'kubernetes' }, { signal }),
    client.get(coreV1Resources.configmaps, { namespace: 'kube-public', name: 'kube-root-ca.crt' }, { signal }).catch((error: unknown) => { if (isNotFound(error)) return undefined; throw error; }),
  ]);
  const [subset] = endpoints.subsets ?? [];
  const [host, port] = [subset?.addresses?.[0]?.ip, subset?.ports?.[0]?.port];
  const ca = rootCa?.data?.['ca.crt'];
  if (host === undefined || port === undefined) throw new UserError('the service kubernetes has no endpoints: no API server has announced itself yet');
  if (ca === undefined || ca === '') throw new UserError('kube-public has no kube-root-ca.crt yet: the controller manager writes it when it runs');
  return { endpoint: `${host.includes(':') ? `[${host}]` : host}:${port}`, ca };
}

/** Objects by which nodes join with a token, as kubeadm makes them: what is public of the cluster, and the rights to ask for certificates. */
export function joinObjects({ endpoint, ca }: JoinInformation): readonly KubeObject[] {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const;
  const binding = (name: string, clusterRole: string, group: string): KubeObject => ({
    ...rbac, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  });
  const reader = 'kubeadm:bootstrap-signer-clusterinfo';
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...CLUSTER_INFO }, data: { kubeconfig: clusterInfoKubeconfig({ server: `https://${endpoint}`, ca }) } },
    { ...rbac, kind: 'Role', metadata: { name: reader, namespace: CLUSTER_INFO.namespace }, rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [CLUSTER_INFO.name], verbs: ['get'] }] },
    { ...rbac, kind: 'RoleBinding', metadata: { name: reader, namespace: CLUSTER_INFO.namespace }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: reader }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }] },
    binding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', JOINING_NODES),
    binding('kubeadm:node-autoapprove-bootstrap', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', JOINING_NODES),
    binding('kubeadm:node-autoapprove-certificate-rotation', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', 'system:nodes'),
  ];
}

export async function ensureJoinObjects(client: Client, information: JoinInformation): Promise<void> {
  for (const object of joinObjects(information)) await applyObject(client, object);
}

/** What `kubernode join` is to be called with. */
export function joinArguments({ endpoint, ca }: JoinInformation, token: string): readonly string[] {
  return ['--server', `https://${endpoint}`, '--token', token, '--ca-cert-hash', authorityHashes(ca).join(',')];
}

/** Of each authority's public key, as kubeadm pins them. */
export function authorityHashes(ca: string): readonly string[] {
  return certificatesIn(ca).map((pem) => `sha256:${createHash('sha256').update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })).digest('hex')}`);
}
