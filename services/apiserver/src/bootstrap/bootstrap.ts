import { resources } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import { reconcileBootstrapPolicy } from '../authz/bootstrap-policy/reconcile.ts';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { localApiServices } from './api-services.ts';
import { type AuthenticationInfo, authenticationInfo, publishAuthenticationInfo } from './authentication-info.ts';
import { createMissing } from './create-missing.ts';
import { ensureFlowControlObjects } from './flow-control-objects.ts';
import { ensureServiceCidr } from './service-cidr.ts';

/** What a step is called in /readyz, as in Kubernetes. */
export interface BootstrapStep { name: string; run(writer: ObjectWriter): Promise<void> }

const NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** What every cluster has before its first user comes. Each step may run again, by several replicas at once and beside the others. */
export function bootstrapSteps({ rbac, serviceCidrs, authentication, clock }: { rbac: boolean; serviceCidrs: readonly string[]; authentication: () => AuthenticationInfo; clock: Clock }): BootstrapStep[] {
  return [
    { name: 'start-system-namespaces-controller', run: (writer) => createMissing(writer, { group: '', resource: 'namespaces' }, NAMESPACES.map(namespace)) },
    { name: 'scheduling/bootstrap-system-priority-classes', run: (writer) => createMissing(writer, { group: 'scheduling.k8s.io', resource: 'priorityclasses' }, bootstrapObjects.priorityClasses) },
    { name: 'priority-and-fairness-config-producer', run: ensureFlowControlObjects },
    { name: 'start-kubernetes-service-cidr-controller', run: (writer) => ensureServiceCidr(writer, serviceCidrs, clock) },
    { name: 'start-cluster-authentication-info-controller', run: (writer) => publishAuthenticationInfo(writer, authenticationInfo(authentication())) },
    { name: 'start-legacy-token-tracking-controller', run: (writer) => createMissing(writer, { group: '', resource: 'configmaps' }, [tokenTracking(clock.now())]) },
    { name: 'autoregister-completion', run: (writer) => createMissing(writer, { group: 'apiregistration.k8s.io', resource: 'apiservices' }, localApiServices(resources)) },
    ...(rbac ? [{ name: 'rbac/bootstrap-roles', run: reconcileBootstrapPolicy }] : []),
  ];
}

function namespace(name: string): KubeObject {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
}

/** Since which day the use of tokens in secrets is noted: none that was used before can be told from one that never was. */
function tokenTracking(nowMs: number): KubeObject {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'kube-apiserver-legacy-service-account-token-tracking', namespace: 'kube-system' }, data: { since: new Date(nowMs).toISOString().slice(0, 10) } };
}
