import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { podReferences } from '../authz/node/node-references.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';

type ServiceAccount = coreV1.ServiceAccount & KubeObject;
const ACCOUNTS = { group: '', resource: 'serviceaccounts' };
const DEFAULT_ACCOUNT = 'default';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Tokens live an hour and seven seconds: by the seconds Kubernetes tells these from those that clients ask for. */
const TOKEN_SECONDS = 3607;
const VOLUME_PREFIX = 'kube-api-access-';

/** Gives pods a service account, its pull secrets, and a volume with a token, the CA and the namespace. */
export function serviceAccount({ sources, get, randomSuffix }: AdmissionDependencies): AdmissionPlugin {
  const accounts = sources<ServiceAccount>(ACCOUNTS);
  const find = async (namespace: string, name: string): Promise<Readonly<ServiceAccount> | undefined> => accounts.get(namespace, name) ?? await get(ACCOUNTS, namespace, name) as ServiceAccount | undefined; // what is stored there is one
  return {
    name: 'ServiceAccount',
    admit: async (attributes) => {
      const spec = podSpec(attributes);
      if (spec === undefined) return;
      const account = await accountOf(attributes, spec, find);
      if (account === undefined) return;
      if (mountsToken(account, spec)) mountToken(spec, randomSuffix);
      if ((spec.imagePullSecrets?.length ?? 0) === 0 && account.imagePullSecrets !== undefined) spec.imagePullSecrets = structuredClone(account.imagePullSecrets) as coreV1.LocalObjectReference[]; // a private copy
    },
  };
}

function podSpec({ group, resource, subresource, operation, object }: AdmissionAttributes): coreV1.PodSpec | undefined {
  return group === '' && resource === 'pods' && subresource === '' && operation === 'CREATE' ? (object as Partial<coreV1.Pod>).spec ?? undefined : undefined; // pods, by the checks
}

async function accountOf(attributes: AdmissionAttributes, spec: coreV1.PodSpec, find: (namespace: string, name: string) => Promise<Readonly<ServiceAccount> | undefined>): Promise<Readonly<ServiceAccount> | undefined> {
  const { object, namespace } = attributes;
  if (object?.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    checkMirror(object as coreV1.Pod & KubeObject, spec, (why) => refusal(attributes, why)); // asked for pods alone
    return undefined;
  }
  spec.serviceAccountName = spec.serviceAccountName || spec.serviceAccount || DEFAULT_ACCOUNT;
  spec.serviceAccount = spec.serviceAccountName;
  const account = await find(namespace, spec.serviceAccountName);
  if (account === undefined) throw refusal(attributes, `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`);
  return account;
}

/** The node made it from a file; what it does not know of may not come in through the API. */
function checkMirror(pod: Readonly<coreV1.Pod & KubeObject>, spec: Readonly<coreV1.PodSpec>, forbid: (why: string) => Error): void {
  const refuse = (why: string): Error => forbid(`a mirror pod may not ${why}`);
  const { [MIRROR_ANNOTATION]: _, ...annotations } = pod.metadata.annotations ?? {};
  if (spec.serviceAccountName) throw refuse('reference service accounts');
  if (podReferences({ ...pod, metadata: { ...pod.metadata, annotations } } as coreV1.Pod).some((key) => key.startsWith('secrets/'))) throw refuse('reference secrets'); // the same pod, but for one annotation
  if (spec.volumes?.some(({ projected }) => projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined)) === true) throw refuse('use ServiceAccountToken volume projections');
}

function mountsToken(account: Readonly<ServiceAccount>, spec: coreV1.PodSpec): boolean {
  return spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

function mountToken(spec: coreV1.PodSpec, randomSuffix: (length: number) => string): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX))?.name;
  const name = existing ?? VOLUME_PREFIX + randomSuffix(5);
  let mounted = false;
  for (const container of [...spec.initContainers ?? [], ...spec.containers ?? []]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH) === true) continue;
    container.volumeMounts = [...container.volumeMounts ?? [], { name, readOnly: true, mountPath: TOKEN_PATH }];
    mounted = true;
  }
  if (mounted && existing === undefined) spec.volumes = [...spec.volumes ?? [], tokenVolume(name)];
}

function tokenVolume(name: string): coreV1.Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_SECONDS } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}
