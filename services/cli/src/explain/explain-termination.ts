import { finalizerFinding } from './known-finalizers.ts';
import type { Finding } from './explanation.ts';
import type { PodSnapshot } from './pod-snapshot.ts';

/** What a pod that is being deleted waits for. */
export function explainTermination({ pod: { metadata, spec, status }, node, events, nowMs }: PodSnapshot): Finding[] {
  const { namespace = '', name, deletionTimestamp = '' } = metadata;
  const target = { kind: 'pod', namespace, name };
  const findings = (metadata.finalizers ?? []).map((finalizer) => finalizerFinding(finalizer, target));
  const nodeName = spec?.nodeName ?? '';
  const leftMs = Date.parse(deletionTimestamp) - nowMs;
  const running = (status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined).map((one) => one.name);
  const force = `kubectl delete pod ${name} -n ${namespace} --force --grace-period=0`;
  if (node === 'missing') return [...findings, { topic: 'node', text: `Its node ${nodeName} does not exist any more: nobody is left who could end it. It is removed by itself within a minute or two.`, next: force }];
  if (typeof node === 'object' && node.status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True') {
    return [...findings, { topic: 'node', text: `Its node ${nodeName} does not report, so nobody knows whether the containers ended. Once you are sure that the machine is off, say so; then its volumes may go elsewhere, too.`, next: `kubectl taint nodes ${nodeName} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute` }];
  }
  if (nodeName === '') return findings;
  if (running.length > 0 && leftMs > 0) return [...findings, { topic: 'grace', text: `Containers are ending (${running.join(', ')}); they have ${Math.ceil(leftMs / 1000)} s more, then they are killed.`, next: `kubectl logs ${name} -n ${namespace} -f` }];
  if (running.length > 0) {
    const killing = events.findLast(({ reason = '' }) => reason === 'FailedKillPod' || reason === 'FailedPreStopHook');
    return [...findings, { topic: 'grace', text: `Its grace is over since ${Math.floor(-leftMs / 1000)} s, but containers run still: ${running.join(', ')}${killing === undefined ? '' : ` (${killing.message ?? ''})`}. The node's runtime does not end them.`, next: `kubectl describe node ${nodeName}` }];
  }
  return findings.length > 0 ? findings : [{ topic: 'cleanup', text: `Its containers have ended; node ${nodeName} takes down its volumes and network and then lets it go.`, next: `kubectl describe pod ${name} -n ${namespace}` }];
}
