import type { Finding } from './explanation.ts';
import type { PodSnapshot } from './pod-snapshot.ts';

/** Why a pod whose containers run is not ready. Empty: it is. */
export function explainReadiness(snapshot: PodSnapshot): Finding[] {
  const { pod: { metadata, spec, status }, events, node } = snapshot;
  const conditions = new Map((status?.conditions ?? []).map((one) => [one.type, one]));
  if (conditions.get('Ready')?.status === 'True') return [];
  const { namespace = '', name } = metadata;
  const containers = (status?.containerStatuses ?? []).filter(({ ready, state }) => !ready && state?.running !== undefined).map(({ name: container, started }): Finding => {
    const probe = started === false ? 'startup' : 'readiness';
    const told = events.findLast(({ reason, message = '', involvedObject }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(probe) && (involvedObject?.fieldPath?.includes(`{${container}}`) ?? true));
    const has = spec?.containers.find((one) => one.name === container)?.[`${probe}Probe`] !== undefined;
    return { topic: 'probe', text: told === undefined ? `Container ${container} is not ready: ${has ? `its ${probe} probe has not succeeded yet` : 'the node has not reported it ready yet'}.` : `Container ${container} is not ready: ${told.message ?? ''}`, next: `kubectl logs ${name} -n ${namespace} -c ${container}` };
  });
  const gates = (spec?.readinessGates ?? []).filter(({ conditionType }) => conditions.get(conditionType)?.status !== 'True').map(({ conditionType }): Finding => {
    const condition = conditions.get(conditionType);
    return { topic: 'gate', text: `The readiness gate ${conditionType} is ${condition === undefined ? 'not set' : condition.status}${condition?.message === undefined || condition.message === '' ? '' : ` (${condition.message})`}: the controller that sets it has not let the pod in.`, next: `kubectl get pod ${name} -n ${namespace} -o jsonpath='{.status.conditions}'` };
  });
  const isNodeReady = typeof node !== 'object' || node.status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  const nodeFindings: Finding[] = isNodeReady ? [] : [{ topic: 'node', text: `Its node ${spec?.nodeName ?? ''} does not report: its pods count as not ready.`, next: `kubectl describe node ${spec?.nodeName ?? ''}` }];
  const findings = [...nodeFindings, ...containers, ...gates];
  return findings.length > 0 ? findings : [{ topic: 'readiness', text: `It is reported not ready${conditions.get('Ready')?.message === undefined ? '' : `: ${conditions.get('Ready')?.message ?? ''}`}.`, next: `kubectl describe pod ${name} -n ${namespace}` }];
}
