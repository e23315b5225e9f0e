import { sameJson } from '@kubernode/apimachinery';
import { createHmac } from 'node:crypto';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Controller, type Plan } from '@kubernode/controller';
import { BOOTSTRAP_SECRETS, remainingMs, signingToken } from './bootstrap-secret.ts';

export interface SignerSnapshot { clusterInfo: Readonly<coreV1.ConfigMap>; tokens: readonly Readonly<coreV1.Secret>[] }

const { configmaps, secrets } = coreV1Resources;
const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' } as const;
const KEY = `${CLUSTER_INFO.namespace}/${CLUSTER_INFO.name}`;
const SIGNATURE = 'jws-kubeconfig-';

/** Signs the public cluster-info with each bootstrap token, so that who has a token knows that the address and authority in it are the right ones. */
export const bootstrapSigner: Controller = controller<SignerSnapshot>({
  name: 'bootstrap_signer_queue',
  component: 'bootstrap-signer',
  workers: 1,
  watches: [
    watch({ resource: configmaps, selector: { namespace: CLUSTER_INFO.namespace, fieldSelector: `metadata.name=${CLUSTER_INFO.name}` }, keys: () => [KEY] }),
    watch({ resource: secrets, selector: BOOTSTRAP_SECRETS, keys: () => [KEY] }),
  ],
  read(_key, listers) {
    const clusterInfo = listers.of(configmaps).get(KEY);
    return clusterInfo && { clusterInfo, tokens: listers.of(secrets).list() };
  },
  reconcile,
});

export function reconcile({ clusterInfo, tokens }: SignerSnapshot, nowMs: number): Plan {
  const { kubeconfig, ...others } = clusterInfo.data ?? {};
  if (kubeconfig === undefined) return nothingToDo;
  const usable = tokens.flatMap((one) => signingToken(one, nowMs) ?? []);
  const signatures = Object.fromEntries(usable.map(({ id, secret }) => [`${SIGNATURE}${id}`, detachedSignature(kubeconfig, id, secret)]));
  const kept = Object.entries(others).filter(([name]) => !name.startsWith(SIGNATURE));
  const data = { ...Object.fromEntries(kept), kubeconfig, ...signatures };
  const ends = tokens.flatMap((one) => remainingMs(one, nowMs) || []);
  const againAfterMs = ends.length === 0 ? undefined : Math.min(...ends);
  if (sameJson(sorted(data), sorted(clusterInfo.data ?? {}))) return { actions: [], againAfterMs };
  return { actions: [{ do: 'update', resource: configmaps, object: { ...clusterInfo, data } }], againAfterMs };
}

/** RFC 7515, appendix F: header and signature, with nothing between the dots. */
function detachedSignature(content: string, id: string, secret: string): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }));
  return `${header}..${createHmac('sha256', secret).update(`${header}.${base64url(content)}`).digest('base64url')}`;
}

function base64url(text: string): string { return Buffer.from(text).toString('base64url'); }

function sorted(data: Readonly<Record<string, string>>): unknown { return Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)); }
