import type { coreV1 } from '@kubernode/api';
import { matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { counted, fewOf, type Explanation, type Finding } from './explanation.ts';
import type { ServiceSnapshot } from './service-snapshot.ts';

/** Whether a service leads anywhere, and why not. */
export function explainService(snapshot: ServiceSnapshot): Omit<Explanation, 'unseen'> {
  const { service: { metadata, spec }, slices } = snapshot;
  const subject = `service ${metadata.namespace ?? ''}/${metadata.name}`;
  if (spec?.type === 'ExternalName') return { subject, summary: `is another name for ${spec.externalName ?? ''}: it has no endpoints.`, findings: [] };
  const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  const findings = [...backendFindings(snapshot, ready.length), ...portFindings(snapshot), ...trafficFindings(snapshot, ready.length), ...policyFindings(snapshot)];
  return { subject, summary: ready.length === 0 ? 'leads nowhere: it has no ready endpoints.' : `leads to ${counted(ready.length, 'ready endpoint')}.`, findings };
}

function backendFindings({ service: { metadata, spec }, pods, slices }: ServiceSnapshot, readyCount: number): Finding[] {
  const { namespace = '', name } = metadata;
  const selector = Object.entries(spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  if (selector === '') return slices.length > 0 ? [] : [{ topic: 'selector', text: 'It has no selector, and nobody made EndpointSlices for it by hand.', next: `kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name}` }];
  if (pods.length === 0) return [{ topic: 'selector', text: `No pod in ${namespace} has the labels that it selects (${selector}).`, next: `kubectl get pods -n ${namespace} --show-labels` }];
  const notReady = pods.filter((pod) => !isReady(pod));
  if (notReady.length > 0) return [{ topic: 'pods', text: `${notReady.length} of its ${counted(pods.length, 'pod')} are not ready: ${fewOf(notReady.map((pod) => pod.metadata.name))}.`, next: `kubernode explain pod ${notReady[0]?.metadata.name ?? ''} -n ${namespace}` }];
  return readyCount > 0 ? [] : [{ topic: 'slices', text: 'Its pods are ready, but no EndpointSlice names them: the endpoint slice controller (controller manager) is not at work.', next: 'kubectl get lease kube-controller-manager -n kube-system' }];
}

function isReady({ status }: Readonly<coreV1.Pod>): boolean { return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true; }

/** Names of ports have to be found in pods; numbers only look wrong where no container mentions them. */
function portFindings({ service: { metadata, spec }, pods }: ServiceSnapshot): Finding[] {
  if (pods.length === 0) return [];
  const declared = pods.flatMap((pod) => (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports));
  const next = `kubectl get pods -n ${metadata.namespace ?? ''} -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.spec.containers[*].ports}{"\\n"}{end}'`;
  return (spec?.ports ?? []).flatMap(({ name = '', port, targetPort = port, protocol = 'TCP' }): Finding[] => {
    const shown = name === '' ? String(port) : `${name} (${port})`;
    if (typeof targetPort === 'string') return declared.some((one) => one.name === targetPort && (one.protocol ?? 'TCP') === protocol) ? [] : [{ topic: 'port', text: `Port ${shown} goes to the port named ${JSON.stringify(targetPort)}, which no container of its pods has.`, next }];
    const mentioned = declared.some((one) => one.containerPort === targetPort && (one.protocol ?? 'TCP') === protocol);
    return mentioned || declared.length === 0 ? [] : [{ topic: 'port', text: `Port ${shown} goes to ${targetPort}/${protocol}, which no container of its pods declares (that is allowed, but is anything listening there?).`, next }];
  });
}

function trafficFindings({ service: { spec }, slices }: ServiceSnapshot, readyCount: number): Finding[] {
  if (readyCount === 0) return [];
  const nodes = [...new Set(slices.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ nodeName }) => nodeName ?? []))];
  const local = (what: string, from: string): Finding => ({ topic: 'traffic', text: `${what} is Local: it answers ${from} only on nodes with an endpoint (${fewOf(nodes)}).`, next: 'kubectl get nodes -o wide' });
  return [...(spec?.internalTrafficPolicy === 'Local' ? [local('internalTrafficPolicy', 'pods')] : []), ...(spec?.externalTrafficPolicy === 'Local' ? [local('externalTrafficPolicy', 'clients from outside')] : [])];
}

/** Policies are not judged, only named: who may come in depends on who comes. */
function policyFindings({ service: { metadata }, pods, policies }: ServiceSnapshot): Finding[] {
  const restricting = policies.filter(({ spec }) => (spec?.policyTypes ?? ['Ingress']).includes('Ingress') && pods.some((pod) => matchesLabels(selectorFromLabelSelector(spec?.podSelector ?? {}), pod.metadata.labels)));
  if (restricting.length === 0) return [];
  return [{ topic: 'policy', text: `Network policies let only some in to its pods: ${fewOf(restricting.map((one) => one.metadata.name))}.`, next: `kubectl describe networkpolicy ${restricting[0]?.metadata.name ?? ''} -n ${metadata.namespace ?? ''}` }];
}
