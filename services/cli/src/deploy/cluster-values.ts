import { coreV1Resources } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Client } from '@kubernode/client';
import { UserError } from '@kubernode/component-base';
import { applyObject } from '../cluster/apply-object.ts';
import { JOINING_NODES } from '../tokens/bootstrap-token.ts';
import { ensureJoinObjects } from '../tokens/join-information.ts';

/** What a machine that joins needs of the cluster: the chart's values, and the identities of what runs beside its node agent. */
const NAME = 'kubernode-joining';
const NAMESPACE = 'kube-system';
const IDENTITIES = ['kube-proxy', 'dns', 'network'] as const;

/** Lets machines join with a token: what is public, the rights to ask for certificates, and what only they may read. */
export async function publishClusterValues(client: Client, { values, endpoint, ca, readPki }: { values: Readonly<Record<string, unknown>>; endpoint: string; ca: string; readPki: ((name: string) => string) | undefined }): Promise<void> {
  await ensureJoinObjects(client, { endpoint, ca });
  if (readPki === undefined) return; // without nodes nobody has made these identities
  for (const object of joiningObjects(values, readPki)) await applyObject(client, object);
}

function joiningObjects(values: Readonly<Record<string, unknown>>, readPki: (name: string) => string): readonly KubeObject[] {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const;
  const metadata = { name: NAME, namespace: NAMESPACE };
  const { hosts: _hosts, programs: _programs, version: _version, ...shared } = values;
  const data = Object.fromEntries(IDENTITIES.flatMap((name) => [`${name}.crt`, `${name}.key`]).map((file) => [file, Buffer.from(readPki(file)).toString('base64')]));
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { values: JSON.stringify(shared) } },
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
    { ...rbac, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['configmaps', 'secrets'], resourceNames: [NAME], verbs: ['get'] }] },
    { ...rbac, kind: 'RoleBinding', metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: JOINING_NODES }] },
  ];
}

/** Reads what a joining machine may read. */
export async function readClusterValues(client: Client, signal: AbortSignal): Promise<{ values: Readonly<Record<string, unknown>>; identities: ReadonlyMap<string, string> }> {
  const target = { namespace: NAMESPACE, name: NAME };
  const [configMap, secret] = await Promise.all([client.get(coreV1Resources.configmaps, target, { signal }), client.get(coreV1Resources.secrets, target, { signal })]);
  const text = configMap.data?.['values'];
  if (text === undefined) throw new UserError(`${NAMESPACE}/${NAME} has no values; deploy the cluster again`);
  return { values: JSON.parse(text) as Record<string, unknown>, identities: new Map(Object.entries(secret.data ?? {}).map(([file, value]) => [file, Buffer.from(value, 'base64').toString()])) }; // written above
}
