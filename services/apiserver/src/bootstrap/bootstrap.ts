import { resources } from '@kubernode/api';
import { isAlreadyExists, type KubeObject } from '@kubernode/apimachinery';
import { Semaphore, type Clock } from '@kubernode/base';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import { reconcileBootstrapPolicy } from '../authz/bootstrap-policy/reconcile.ts';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { localApiServices } from './api-services.ts';
import { ensureFlowControlObjects } from './flow-control-objects.ts';

/** What a step is called in /readyz, as in Kubernetes. */
export interface BootstrapStep { name: string; run(writer: ObjectWriter): Promise<void> }

export interface AuthenticationInfo {
  clientCa: string | undefined;
  frontProxyCa: string | undefined;
  frontProxy: { allowedNames: readonly string[]; usernameHeaders: readonly string[]; uidHeaders: readonly string[]; groupHeaders: readonly string[]; extraPrefixes: readonly string[] };
}

/** Objects of one step that are worked on at a time. */
const PARALLEL_MAX = 16;

const NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** What every cluster has before its first user comes. Each step may run again, by several replicas at once and beside the others. */
export function bootstrapSteps({ rbac, serviceCidrs, authentication, clock }: { rbac: boolean; serviceCidrs: readonly string[]; authentication: AuthenticationInfo; clock: Clock }): BootstrapStep[] {
  return [
    { name: 'start-system-namespaces-controller', run: (writer) => createMissing(writer, { group: '', resource: 'namespaces' }, NAMESPACES.map(namespace)) },
    { name: 'scheduling/bootstrap-system-priority-classes', run: (writer) => createMissing(writer, { group: 'scheduling.k8s.io', resource: 'priorityclasses' }, bootstrapObjects.priorityClasses.map(firstGeneration)) },
    { name: 'priority-and-fairness-config-producer', run: ensureFlowControlObjects },
    { name: 'start-kubernetes-service-cidr-controller', run: (writer) => createMissing(writer, { group: 'networking.k8s.io', resource: 'servicecidrs' }, [serviceCidr(serviceCidrs)]) },
    { name: 'start-cluster-authentication-info-controller', run: (writer) => publishAuthenticationInfo(writer, authenticationInfo(authentication)) },
    { name: 'start-legacy-token-tracking-controller', run: (writer) => createMissing(writer, { group: '', resource: 'configmaps' }, [tokenTracking(clock.now())]) },
    { name: 'autoregister-completion', run: (writer) => createMissing(writer, { group: 'apiregistration.k8s.io', resource: 'apiservices' }, localApiServices(resources, clock.now())) },
    ...(rbac ? [{ name: 'rbac/bootstrap-roles', run: reconcileBootstrapPolicy }] : []),
  ];
}

function namespace(name: string): KubeObject {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
}

/** How servers that extend the API learn whom to believe: these CAs, and the headers that front proxies speak in. */
export function authenticationInfo({ clientCa, frontProxyCa, frontProxy }: AuthenticationInfo): KubeObject {
  const headers = frontProxyCa === undefined ? {} : {
    'requestheader-client-ca-file': frontProxyCa, 'requestheader-allowed-names': JSON.stringify(frontProxy.allowedNames), 'requestheader-username-headers': JSON.stringify(frontProxy.usernameHeaders),
    'requestheader-uid-headers': JSON.stringify(frontProxy.uidHeaders), 'requestheader-group-headers': JSON.stringify(frontProxy.groupHeaders), 'requestheader-extra-headers-prefix': JSON.stringify(frontProxy.extraPrefixes),
  };
  const data = { ...(clientCa !== undefined && { 'client-ca-file': clientCa }), ...headers };
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' }, ...(Object.keys(data).length > 0 && { data }) };
}

/** Makes the ConfigMap, or brings what this server knows up to date in it. */
async function publishAuthenticationInfo(writer: ObjectWriter, info: KubeObject): Promise<void> {
  const configMaps = { group: '', resource: 'configmaps' };
  await createMissing(writer, configMaps, [info]);
  const wanted = info['data'] as Record<string, string> | undefined ?? {}; // as it was made above
  await writer.update(configMaps, { namespace: info.metadata.namespace ?? '', name: info.metadata.name }, (stored) => {
    const data = stored['data'] as Record<string, string> | undefined ?? {}; // a ConfigMap's
    return Object.entries(wanted).every(([key, value]) => data[key] === value) ? undefined : { ...stored, data: { ...data, ...wanted } };
  });
}

/** Since which day the use of tokens in secrets is noted: none that was used before can be told from one that never was. */
function tokenTracking(nowMs: number): KubeObject {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'kube-apiserver-legacy-service-account-token-tracking', namespace: 'kube-system' }, data: { since: new Date(nowMs).toISOString().slice(0, 10) } };
}

function serviceCidr(cidrs: readonly string[]): KubeObject {
  return {
    kind: 'ServiceCIDR', apiVersion: 'networking.k8s.io/v1', metadata: { name: 'kubernetes' }, spec: { cidrs },
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: null, reason: '', message: 'Kubernetes Service CIDR is ready' }] },
  };
}

function firstGeneration(object: Readonly<KubeObject>): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation: 1 } };
}

async function createMissing(writer: ObjectWriter, resource: { group: string; resource: string }, objects: readonly Readonly<KubeObject>[]): Promise<void> {
  const turns = new Semaphore(PARALLEL_MAX);
  await Promise.all(objects.map((object) => turns.run(() => createIfMissing(writer, resource, object))));
}

async function createIfMissing(writer: ObjectWriter, resource: { group: string; resource: string }, object: Readonly<KubeObject>): Promise<void> {
  const { namespace: ofNamespace = '', name } = object.metadata;
  if (await writer.get(resource, ofNamespace, name) !== undefined) return;
  try {
    await writer.create(resource, structuredClone(object) as KubeObject); // a private copy
  } catch (error) {
    if (!isAlreadyExists(error)) throw error; // another replica was faster
  }
}
