import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Rng } from '@kubernode/base';
import { isAbortError } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { eventually, sleep } from '../../framework/run.ts';
import { errorsWithin, longestGap } from '../checkers/availability.ts';
import { checkEvidence, type Verdict } from '../checkers/check-evidence.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import type { Fault, Measure } from '../faults/fault.ts';
import type { Workload } from '../workload/workload.ts';

/** What a fault did: how long it was felt, what clients heard, and whether everything held. */
export interface FaultResult {
  readonly fault: string;
  readonly title: string;
  readonly victim: string;
  /** By the fault's measure, ms. */
  readonly recoveryMs: number;
  /** The longest that any writer went without a success, ms. */
  readonly writersGapMs: number;
  readonly writerErrors: number;
  /** What writers heard since the check before, in words. */
  readonly heard: readonly string[];
  readonly serviceErrors: number;
  readonly verdict: Verdict;
}

/** How long after a fault was mended gaps still count as its own. */
const SETTLE_MS = 2000;
/** How long everything has to come to rest after a fault. */
const CONVERGE_MS = 90_000;
const LEADER_MS = 60_000;
/** How often a leader's first action is looked for: what is measured are tenths of a second. */
const LOOK_EVERY_MS = 10;

/** One fault from its beginning until everything has been checked and is as before. */
export async function runFault({ fault, cluster, workload, rng, number }: { fault: Fault; cluster: ChaosCluster; workload: Workload; rng: Rng; number: number }): Promise<FaultResult> {
  const fromMs = performance.now();
  const { victim, mend } = await fault.inject({ cluster, rng });
  const acted = fault.measure.startsWith('kube-') ? timeOfFirstAction(cluster.client, fault.measure as LedComponent, `after-${number}`) : Promise.resolve(0); // the other measures have no leader
  await Promise.all([sleep(fault.holdMs), acted]);
  await mend();
  await sleep(SETTLE_MS);
  await untilWritersSucceed(workload);
  const toMs = performance.now();
  const service = workload.serviceTries;
  const writersGapMs = Math.max(0, ...workload.tries.map((tries) => longestGap(tries, fromMs, toMs)));
  const serviceGapMs = service === undefined ? 0 : longestGap(service, fromMs, toMs);
  const findings: Verdict['findings'][number][] = [];
  try { await workload.converged(CONVERGE_MS); } catch (error) { if (isAbortError(error)) throw error; findings.push({ checker: 'convergence', what: error instanceof Error ? error.message : String(error) }); }
  for (const what of await cluster.silentMachines()) findings.push({ checker: 'machines', what });
  const evidence = await workload.checkpoint();
  const verdict = checkEvidence(evidence);
  return {
    fault: fault.name, title: fault.title, victim, writersGapMs, recoveryMs: recoveryOf(fault.measure, { writersGapMs, serviceGapMs, actedMs: await acted }),
    writerErrors: workload.tries.reduce((sum, tries) => sum + errorsWithin(tries, fromMs, toMs), 0), serviceErrors: service === undefined ? 0 : errorsWithin(service, fromMs, toMs),
    heard: evidence.errors, verdict: { ...verdict, findings: [...findings, ...verdict.findings] },
  };
}

function recoveryOf(measure: Measure, { writersGapMs, serviceGapMs, actedMs }: { writersGapMs: number; serviceGapMs: number; actedMs: number }): number {
  switch (measure) {
    case 'writers': return writersGapMs;
    case 'service': return serviceGapMs;
    case 'kube-scheduler':
    case 'kube-controller-manager': return actedMs;
  }
}

/** Each writer succeeds once more; a fault that is mended and still felt is not over. */
async function untilWritersSucceed(workload: Workload): Promise<void> {
  const fromMs = performance.now();
  await eventually('every writer to succeed again', () => Promise.resolve(workload.tries.every(({ tries }) => { const last = tries.findLast(({ ok }) => ok); return last !== undefined && last.atMs > fromMs; })), CONVERGE_MS);
}

type LedComponent = Extract<Measure, `kube-${string}`>;

/** From now until a leader did what it is asked for now. */
async function timeOfFirstAction(client: Client, component: LedComponent, name: string): Promise<number> {
  const fromMs = performance.now();
  const target = { name, namespace: 'default' };
  const labels = { app: name };
  if (component === 'kube-scheduler') {
    await eventually('the pod to be made', () => client.create(coreV1Resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata: target, spec: { containers: [{ name: 'main', image: 'localhost/none:1' }] } } as coreV1.Pod), LEADER_MS, LOOK_EVERY_MS); // what is left out has defaults
    await eventually('the pod to have a node', async () => (await client.get(coreV1Resources.pods, target)).spec?.nodeName !== undefined, LEADER_MS, LOOK_EVERY_MS);
    const tookMs = performance.now() - fromMs;
    await client.delete(coreV1Resources.pods, target, { gracePeriodSeconds: 0 });
    return tookMs;
  }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'localhost/none:1' }] } } };
  await eventually('the Deployment to be made', () => client.create(appsV1Resources.deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: target, spec } as unknown as appsV1.Deployment), LEADER_MS, LOOK_EVERY_MS); // what is left out has defaults
  await eventually('its ReplicaSet', async () => (await client.list(appsV1Resources.replicasets, { namespace: 'default', labelSelector: `app=${name}` })).items.length > 0, LEADER_MS, LOOK_EVERY_MS);
  const tookMs = performance.now() - fromMs;
  await client.delete(appsV1Resources.deployments, target, { propagationPolicy: 'Background' });
  return tookMs;
}
