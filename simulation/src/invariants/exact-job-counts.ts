import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

interface JobStatus { succeeded?: number; failed?: number; conditions?: { type: string; status: string }[] }

/** A pod that ended is counted once and only once, whoever crashed when; of an indexed Job each index once, however many pods it took. */
export function exactJobCounts(): Invariant {
  const ended = { Succeeded: new Map<string, Set<string>>(), Failed: new Map<string, Set<string>>() }; // by uid of the Job: indexes, or uids of pods
  const countOf = (phase: keyof typeof ended, uid: string): number => ended[phase].get(uid)?.size ?? 0;
  return {
    name: 'jobs count each pod once',
    observe({ resource, object }: Version) {
      if (resource === 'pods' && object !== undefined) note(ended, object);
      if (resource !== 'jobs' || object === undefined) return undefined;
      const { succeeded = 0 } = object.status as JobStatus | undefined ?? {}; // a Job
      const seen = countOf('Succeeded', object.metadata.uid ?? '');
      return succeeded > seen ? `${object.metadata.name} says that ${succeeded} pods succeeded, only ${seen} did` : undefined;
    },
    *atRest(history: History) {
      for (const job of history.all('jobs')) {
        const { succeeded = 0, conditions = [] } = job.status as JobStatus; // as above
        const seen = countOf('Succeeded', job.metadata.uid ?? '');
        if (conditions.some(({ type, status }) => type === 'Complete' && status === 'True') && succeeded !== seen) yield `${job.metadata.name} counts ${succeeded} pods that succeeded, ${seen} did`;
      }
    },
  };
}

function note(ended: Record<string, Map<string, Set<string>>>, pod: Stored): void {
  const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Job' && controller === true);
  const byJob = ended[String(pod.status?.['phase'])];
  if (owner === undefined || byJob === undefined) return;
  byJob.set(owner.uid, (byJob.get(owner.uid) ?? new Set()).add(pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? pod.metadata.uid ?? ''));
}
