import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';
import { Recent, STALE_MS } from './recent.ts';

/**
 * Each scheduled time of a CronJob begins one Job, ever. Unless its policy is Allow, none is begun while another one has been going on for so long that the
 * controller cannot but know. At rest as many ended Jobs are kept as it says, and it says which go on.
 */
export function cronJobTimes(): Invariant {
  const begun = new Map<string, Set<string>>(); // by uid: names of its Jobs, which tell their times
  const policies = new Recent<string>(); // by uid
  const going = new Recent<boolean>(); // by uid of the Job
  return {
    name: 'CronJobs begin what is due',
    observe({ resource, object, previous, atMs }: Version, history: History) {
      if (resource === 'cronjobs' && object !== undefined) policies.note(object.metadata.uid ?? '', atMs, String(object.spec?.['concurrencyPolicy']));
      if (resource !== 'jobs' || object === undefined) return undefined;
      going.note(object.metadata.uid ?? '', atMs, endOf(object) === undefined && object.metadata.deletionTimestamp === undefined);
      const owner = cronOf(object);
      if (previous !== undefined || owner === undefined) return undefined;
      const names = begun.get(owner.uid) ?? new Set();
      begun.set(owner.uid, names);
      if (names.has(object.metadata.name)) return `${object.metadata.name} is begun again`;
      names.add(object.metadata.name);
      if (policies.seen(owner.uid, atMs).includes('Allow')) return undefined;
      const others = ownedBy(owner.uid, history).filter(({ metadata: { uid = '' } }) => uid !== object.metadata.uid && going.spansMs(uid, atMs) >= STALE_MS && going.seen(uid, atMs).every((is) => is));
      return others.length === 0 ? undefined : `${object.metadata.name} is begun, and ${others.map(({ metadata: { name } }) => name).join()} still goes on`;
    },
    *atRest(history: History) {
      for (const cron of history.all('cronjobs')) {
        const { name, namespace = '', uid = '' } = cron.metadata;
        const jobs = ownedBy(uid, history);
        for (const [end, limit] of [['Complete', 'successfulJobsHistoryLimit'], ['Failed', 'failedJobsHistoryLimit']] as const) {
          const kept = jobs.filter((job) => endOf(job) === end).length;
          if (kept > Number(cron.spec?.[limit])) yield `${namespace}/${name} keeps ${kept} Jobs that are ${end}, where ${String(cron.spec?.[limit])} are to be kept`;
        }
        const said = (cron.status?.['active'] as { name: string }[] | undefined ?? []).map((one) => one.name).sort().join(); // a CronJob
        const active = jobs.filter((job) => endOf(job) === undefined).map(({ metadata }) => metadata.name).sort().join();
        if (said !== active) yield `${namespace}/${name} says that ${said || 'nothing'} goes on, where ${active || 'nothing'} does`;
      }
    },
  };
}

function ownedBy(uid: string, history: History): Stored[] { return [...history.all('jobs')].filter((job) => cronOf(job)?.uid === uid); }

function cronOf({ metadata }: Stored): { uid: string } | undefined { return metadata.ownerReferences?.find(({ kind, controller }) => kind === 'CronJob' && controller === true); }

function endOf({ status }: Stored): string | undefined {
  return (status?.['conditions'] as { type: string; status: string }[] | undefined)?.find(({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True')?.type; // a Job
}
