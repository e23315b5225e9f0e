import type { coreV1 } from '@kubernode/api';
import { formatAge } from '../cmd/format-table.ts';
import type { DeletionSnapshot } from './deletion-snapshot.ts';
import { counted, fewOf, type Explanation, type Finding } from './explanation.ts';
import { finalizerFinding } from './known-finalizers.ts';

/** What a deletion that does not end waits for. Pods have more to say: see `explainTermination`. */
export function explainDeletion(snapshot: DeletionSnapshot): Omit<Explanation, 'unseen'> {
  const { resource: { kind }, object: { metadata }, nowMs, brokenWebhooks } = snapshot;
  const namespace = metadata.namespace ?? '';
  const subject = `${kind.toLowerCase()} ${namespace === '' ? '' : `${namespace}/`}${metadata.name}`;
  const webhooks = brokenWebhooks.map(({ configuration, webhook, service }): Finding => ({ topic: 'webhook', text: `Webhook ${webhook} of ${configuration} has to agree to changes of ${kind}s, and its service ${service} has no endpoints: deleting, or taking finalizers away, fails.`, next: `kubectl get pods -n ${service.split('/')[0] ?? ''}` }));
  if (metadata.deletionTimestamp === undefined) return { subject, summary: 'is not being deleted.', findings: [...webhooks, ...(metadata.finalizers ?? []).map((one) => finalizerFinding(one, { kind: kind.toLowerCase(), namespace, name: metadata.name }))] };
  const findings = [...namespaceFindings(snapshot), ...guardFindings(snapshot), ...dependentFindings(snapshot), ...finalizerFindings(snapshot), ...webhooks];
  const summary = `is being deleted for ${formatAge(nowMs - Date.parse(metadata.deletionTimestamp))}.`;
  return { subject, summary, findings: findings.length > 0 ? findings : [{ topic: 'waiting', text: 'Nothing holds it any more: it goes within moments, or its node has not confirmed yet that it is gone.' }] };
}

/** What guards it says more than the finalizer by which it does so. */
function guardFindings({ resource: { resource }, object: { metadata }, users }: DeletionSnapshot): Finding[] {
  if (users.length === 0) return [];
  const place = metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`;
  const what = resource === 'persistentvolumes' ? 'A claim is bound to it' : `${counted(users.length, 'pod')} use${users.length === 1 ? 's' : ''} it`;
  return [{ topic: 'user', text: `${what}: ${fewOf(users)}. It is protected until then.`, next: resource === 'persistentvolumes' ? 'kubectl get pvc -A' : `kubectl get pods${place}` }];
}

function dependentFindings({ dependents, object: { metadata } }: DeletionSnapshot): Finding[] {
  if (dependents.length === 0) return [];
  const shown = dependents.map(({ kind, name, isDeleting, finalizers }) => `${kind} ${name}${isDeleting ? ' (being deleted' : ' (not being deleted yet'}${finalizers.length === 0 ? ')' : `, finalizers ${finalizers.join(', ')})`}`);
  const [first] = dependents;
  return [{
    topic: 'dependents', text: `It goes in the foreground, after ${counted(dependents.length, 'dependant')} that block it:`, details: shown.slice(0, 20),
    next: `kubernode explain delete ${first?.kind.toLowerCase() ?? ''} ${first?.name ?? ''}${metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`}`,
  }];
}

function finalizerFindings({ resource: { kind }, object: { metadata }, users, dependents }: DeletionSnapshot): Finding[] {
  const told = new Set([...(users.length > 0 ? ['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'] : []), ...(dependents.length > 0 ? ['foregroundDeletion'] : [])]);
  return (metadata.finalizers ?? []).filter((one) => !told.has(one)).map((one) => finalizerFinding(one, { kind: kind.toLowerCase(), namespace: metadata.namespace ?? '', name: metadata.name }));
}

/** Conditions in the order in which they matter; what they say names what is left. */
const CONDITIONS: Readonly<Record<string, string>> = {
  NamespaceDeletionDiscoveryFailure: 'It is not known what there is in it, because parts of the API do not answer',
  NamespaceDeletionGroupVersionParsingFailure: 'Parts of the API have versions that cannot be read',
  NamespaceDeletionContentFailure: 'Something in it cannot be deleted',
  NamespaceContentRemaining: 'Something is left in it',
  NamespaceFinalizersRemaining: 'Objects in it have finalizers whose owners have to take them away',
};

function namespaceFindings({ resource: { resource, group }, object, unavailable }: DeletionSnapshot): Finding[] {
  if (resource !== 'namespaces' || group !== '') return [];
  const { metadata: { name }, spec, status } = object as Readonly<coreV1.Namespace>; // of that resource
  const conditions = (status?.conditions ?? []).filter(({ type, status: value }) => value === 'True' && Object.hasOwn(CONDITIONS, type));
  const order = Object.keys(CONDITIONS);
  return [
    ...unavailable.map((one): Finding => ({ topic: 'api', text: `The API service ${one.name} does not answer (${one.message}): what it serves in this namespace can be neither seen nor deleted.`, next: `kubectl get apiservice ${one.name} -o yaml` })),
    ...conditions.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type)).map(({ type, message = '' }): Finding => ({ topic: 'content', text: `${CONDITIONS[type] ?? type}: ${message}`, ...(type === 'NamespaceContentRemaining' && { next: nextFor(message, name) }) })),
    ...(spec?.finalizers ?? []).filter((one) => one !== 'kubernetes').map((one) => finalizerFinding(one, { kind: 'namespace', namespace: '', name })),
  ];
}

/** `Some resources are remaining: pods. has 2 resource instances` */
function nextFor(message: string, namespace: string): string {
  const resources = [...message.matchAll(/([a-z][a-z0-9.-]*?)\.? has \d+ resource instances/g)].map(([, resource = '']) => resource);
  return `kubectl get ${resources.length === 0 ? 'all' : resources.join(',')} -n ${namespace}`;
}
