import { explainContainers } from './explain-containers.ts';
import { explainReadiness } from './explain-readiness.ts';
import { explainScheduling } from './explain-scheduling.ts';
import { explainTermination } from './explain-termination.ts';
import type { Explanation, Finding } from './explanation.ts';
import type { PodSnapshot } from './pod-snapshot.ts';

/** Why a pod is not (yet, or any more) what it should be: the first stage of its life that it has not got past. */
export function explainPod(snapshot: PodSnapshot): Omit<Explanation, 'unseen'> {
  const { pod: { metadata, spec, status } } = snapshot;
  const subject = `pod ${metadata.namespace ?? ''}/${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return { subject, summary: 'is being deleted.', findings: explainTermination(snapshot) };
  if (status?.phase === 'Succeeded') return { subject, summary: 'has finished: all containers ended well.', findings: [] };
  if (status?.phase === 'Failed') return { subject, summary: `has failed${reasonOf(status)}.`, findings: explainContainers(snapshot) };
  if ((spec?.nodeName ?? '') === '') return { subject, summary: 'has no node yet, so nothing of it runs.', findings: explainScheduling(snapshot) };
  const node = `node ${spec?.nodeName ?? ''}`;
  const starting = explainContainers(snapshot);
  const running = (status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined).length;
  if (starting.length > 0 || status?.phase !== 'Running') return { subject, summary: `is on ${node}, but not all of its containers run (${running} of ${spec?.containers.length ?? 0}).`, findings: orElse(starting, snapshot) };
  const readiness = explainReadiness(snapshot);
  if (readiness.length > 0) return { subject, summary: `runs on ${node}, but is not ready: Services send it nothing.`, findings: readiness };
  return { subject, summary: `runs on ${node} and is ready.`, findings: [] };
}

function reasonOf({ reason, message }: { reason?: string; message?: string }): string {
  return reason === undefined || reason === '' ? '' : ` (${reason}${message === undefined || message === '' ? '' : `: ${message}`})`;
}

/** Where nothing speaks for itself, the last warnings do. */
function orElse(findings: readonly Finding[], { pod: { metadata }, events }: PodSnapshot): readonly Finding[] {
  if (findings.length > 0) return findings;
  const warnings = events.filter(({ type }) => type === 'Warning').slice(-3);
  const describe = `kubectl describe pod ${metadata.name} -n ${metadata.namespace ?? ''}`;
  if (warnings.length === 0) return [{ topic: 'waiting', text: 'Nothing went wrong so far: the node has not reported anything yet.', next: describe }];
  return [{ topic: 'events', text: 'The last warnings about it:', details: warnings.map(({ reason = '', message = '' }) => `${reason}: ${message}`), next: describe }];
}
