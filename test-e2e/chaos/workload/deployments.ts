import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Client } from '@kubernode/client';
import { eventually, sleep } from '../../framework/run.ts';

const IMAGE = 'localhost/kubernode-demo:1';
/** Where nodes serve the service from outside. */
export const NODE_PORT = 30_080;
/** How long pods stay bound to a node that is not ready. */
export const TOLERATION_SECONDS = 2;
const ROLLOUT_EVERY_MS = 4000;

/** `web`: behind a service, never changed. `rolling`: gets a new template again and again. */
export const deployments: readonly string[] = ['web', 'rolling'];

function deployment(name: string, replicas: number): appsV1.Deployment {
  const labels = { app: name };
  const tolerations = ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS }));
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: {
      replicas, selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1, tolerations, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } }],
          containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', 'mkdir -p /tmp/w; hostname > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w'], readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } }],
        },
      },
    },
  } as unknown as appsV1.Deployment; // what is left out has defaults
}

export function workloadObjects(namespace: string): readonly KubeObject[] {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }] } };
  return [...deployments.map((name) => ({ ...deployment(name, 3), metadata: { name, namespace } })), service];
}

/** Changes the template of `rolling` whenever the change before has been carried out, until aborted. */
export async function rollOn(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  for (let i = 1; !signal.aborted; i++) {
    try {
      if (await whatIsMissing(client, namespace, ['rolling']) === undefined) await client.patch(appsV1Resources.deployments, { name: 'rolling', namespace }, { type: 'merge', body: { spec: { template: { metadata: { annotations: { round: String(i) } } } } } });
    } catch { /* a fault; later again */ }
    await sleep(ROLLOUT_EVERY_MS);
  }
}

/** Resolves once every Deployment is as it should be, with as many pods as it wants and none besides. */
export async function untilConverged(client: Client, namespace: string, timeoutMs: number): Promise<void> {
  await eventually('the Deployments to converge', async () => {
    const missing = await whatIsMissing(client, namespace, deployments);
    if (missing !== undefined) throw new Error(missing);
    return true;
  }, timeoutMs);
}

async function whatIsMissing(client: Client, namespace: string, names: readonly string[]): Promise<string | undefined> {
  const list = await client.list(appsV1Resources.deployments, { namespace });
  for (const name of names) {
    const one = list.items.find(({ metadata }) => metadata.name === name);
    const status = one?.status;
    const wanted = one?.spec?.replicas;
    if (status === undefined || wanted === undefined) return `${name} is missing`;
    if (status.observedGeneration !== one?.metadata.generation) return `${name}'s generation ${one?.metadata.generation} was not observed`;
    const pods = (await client.list(coreV1Resources.pods, { namespace, labelSelector: `app=${name}` })).items;
    if (status.availableReplicas !== wanted || status.updatedReplicas !== wanted || status.replicas !== wanted) return `${name} has ${status.availableReplicas ?? 0} available and ${status.updatedReplicas ?? 0} updated of ${wanted}: ${pods.map(describePod).join(', ')}`;
    if (pods.length !== wanted) return `there are ${pods.length} pods of ${name}, not ${wanted}: ${pods.map(describePod).join(', ')}`;
  }
  return undefined;
}

function describePod({ metadata, spec, status }: coreV1.Pod): string {
  const fulfilled = (status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ type }) => type);
  return `${metadata.name} ${metadata.deletionTimestamp === undefined ? '' : 'terminating '}on ${spec?.nodeName}, ${status?.phase} ${fulfilled.join('+')}`;
}
