import { appsV1Resources, batchV1Resources, coreV1Resources, type ResourceRef } from '@kubernode/api';
import type { ObjectMeta } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { between, oneOf } from '../chance.ts';
import { claimTemplates } from './claims.ts';
import type { UserAction, UserContext } from './user-action.ts';

const { deployments, statefulsets, daemonsets } = appsV1Resources;
const { jobs } = batchV1Resources;
const { pods, services } = coreV1Resources;

const IMAGES = ['app:1', 'app:2', 'app:3'];
/** Workloads of each kind are told apart by these. */
export const NAMES: readonly string[] = ['a', 'b', 'c'];
const REPLICAS_MAX = 6;
/** Of each pod, in thousandths of a CPU. */
export const CPU_REQUEST_MILLI = 10;

const containers = (rng: Rng, command?: readonly string[]): object[] => [{ name: 'main', image: oneOf(rng, IMAGES), ...(command !== undefined && { command }), resources: { requests: { cpu: `${CPU_REQUEST_MILLI}m` } } }];
/** Of a pod that runs one container. */
export function template(rng: Rng, labels: Record<string, string>, { command, ...spec }: { command?: readonly string[] } & Record<string, unknown> = {}): object {
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: between(rng, 0, 10), containers: containers(rng, command), ...spec } };
}


function labelled(rng: Rng, kind: string): { name: string; labels: Record<string, string>; selector: object } {
  const name = `${kind}-${oneOf(rng, NAMES)}`;
  const labels = { app: name };
  return { name, labels, selector: { matchLabels: labels } };
}

export const createDeployment: UserAction = ({ client, rng, namespace, signal }) => {
  const { name, labels, selector } = labelled(rng, 'web');
  const strategy = oneOf(rng, [{ type: 'Recreate' }, { type: 'RollingUpdate' }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: 0 } }]);
  return client.create(deployments, { metadata: { name, namespace }, spec: { replicas: between(rng, 0, REPLICAS_MAX), minReadySeconds: oneOf(rng, [0, 0, 5]), revisionHistoryLimit: between(rng, 0, 3), selector, strategy, template: template(rng, labels) } }, { signal });
};

export const createStatefulSet: UserAction = ({ client, rng, namespace, signal }) => {
  const { name, labels, selector } = labelled(rng, 'db');
  return client.create(statefulsets, { metadata: { name, namespace }, spec: { replicas: between(rng, 0, 4), serviceName: name, podManagementPolicy: oneOf(rng, ['OrderedReady', 'Parallel']), selector, template: template(rng, labels), ...claimTemplates(rng) } }, { signal });
};

export const createDaemonSet: UserAction = ({ client, rng, namespace, signal }) => {
  const { name, labels, selector } = labelled(rng, 'agent');
  const updateStrategy = oneOf(rng, [{ type: 'RollingUpdate' }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }]);
  return client.create(daemonsets, { metadata: { name, namespace }, spec: { selector, updateStrategy, template: template(rng, labels) } }, { signal });
};

export const createJob: UserAction = ({ client, rng, namespace, signal }) => {
  const { name, labels } = labelled(rng, 'job');
  const spec = { completions: between(rng, 1, 6), parallelism: between(rng, 1, 4), backoffLimit: 1000, completionMode: oneOf(rng, ['NonIndexed', 'Indexed']), template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: containers(rng, ['sh', '-c', 'exit 0']) } } };
  return client.create(jobs, { metadata: { name, namespace }, spec }, { signal });
};

export const createService: UserAction = ({ client, rng, namespace, signal }) => {
  const app = `${oneOf(rng, ['web', 'db'])}-${oneOf(rng, NAMES)}`;
  return client.create(services, { metadata: { name: app, namespace }, spec: { selector: { app }, ports: [{ port: 80 }] } }, { signal });
};

export const scale: UserAction = async (context) => {
  const [resource, name] = workload(context, ['web', 'db']);
  await context.client.patch(resource, { name, namespace: context.namespace }, { type: 'merge', body: { spec: { replicas: between(context.rng, 0, REPLICAS_MAX) } } }, context);
};

export const changeImage: UserAction = async (context) => {
  const [resource, name] = workload(context, ['web', 'db', 'agent']);
  await context.client.patch(resource, { name, namespace: context.namespace }, { type: 'strategic', body: { spec: { template: { spec: { containers: [{ name: 'main', image: oneOf(context.rng, IMAGES) }] } } } } }, context);
};

export const deleteWorkload: UserAction = async (context) => {
  const [resource, name] = workload(context, ['web', 'db', 'agent', 'job']);
  await context.client.delete(resource, { name, namespace: context.namespace }, { signal: context.signal, propagationPolicy: oneOf(context.rng, ['Background', 'Foreground'] as const) });
};

export const deletePod: UserAction = async ({ client, rng, namespace, signal }) => {
  const { items } = await client.list<{ metadata: ObjectMeta }>(pods as ResourceRef<{ metadata: ObjectMeta }>, { namespace, signal, resourceVersion: '0' }); // what is needed of a pod
  if (items.length > 0) await client.delete(pods, { namespace, name: oneOf(rng, items).metadata.name }, { signal });
};

function workload({ rng }: UserContext, kinds: readonly ('web' | 'db' | 'agent' | 'job')[]): [ResourceRef<{ metadata: ObjectMeta }>, string] {
  const kind = oneOf(rng, kinds);
  const resource = { web: deployments, db: statefulsets, agent: daemonsets, job: jobs }[kind] as unknown as ResourceRef<{ metadata: ObjectMeta }>; // each has metadata
  return [resource, `${kind}-${oneOf(rng, NAMES)}`];
}
