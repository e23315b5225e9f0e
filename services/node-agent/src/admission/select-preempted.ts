import { type Pod, qosClass, type QosClass } from '../pod/pod-facts.ts';
import { mayPreempt } from '../pod/pod-origin.ts';
import { podRequest } from '../pod/pod-resources.ts';
import { missingAmount, type Shortage } from './fit-resources.ts';

type Need = ReadonlyMap<string, number>; // amount that is still missing, by resource

/**
 * The pods that make room for a critical one, chosen so that as few and as little as can be of the better classes go; undefined when all
 * that may go would not be enough.
 */
export function selectPreempted(pod: Pod, { shortages, running }: { shortages: readonly Shortage[]; running: readonly Pod[] }): readonly Pod[] | undefined {
  const need: Need = new Map(shortages.map((one) => [one.resource, missingAmount(one)]));
  const candidates = running.filter((one) => mayPreempt(pod, one));
  if (without(need, candidates).size > 0) return undefined;
  const of = (wanted: QosClass): readonly Pod[] => candidates.filter((one) => qosClass(one) === wanted);
  const [bestEffort, burstable] = [of('BestEffort'), of('Burstable')];
  const guaranteed = nearest(of('Guaranteed'), without(need, [...bestEffort, ...burstable]));
  const middle = nearest(burstable, without(need, [...bestEffort, ...guaranteed]));
  return [...nearest(bestEffort, without(need, [...middle, ...guaranteed])), ...middle, ...guaranteed];
}

function without(need: Need, pods: readonly Pod[]): Need {
  return new Map([...need].flatMap(([resource, amount]): [string, number][] => {
    const left = amount - pods.reduce((sum, pod) => sum + requestOf(pod, resource), 0);
    return left > 0 ? [[resource, left]] : [];
  }));
}

const requestOf = (pod: Pod, resource: string): number => (resource === 'pods' ? 1 : podRequest(pod, resource));

/** Takes the pod that comes nearest to what is missing, again and again; of two as near the smaller. */
function nearest(pods: readonly Pod[], wanted: Need): readonly Pod[] {
  const left = [...pods];
  const taken: Pod[] = [];
  for (let need = wanted; need.size > 0 && left.length > 0;) {
    const now = need;
    left.sort((a, b) => distance(a, now) - distance(b, now) || compareSize(a, b));
    const next = left.shift() as Pod; // there is one, as just asked
    taken.push(next);
    need = without(need, [next]);
  }
  return taken;
}

function distance(pod: Pod, need: Need): number {
  let sum = 0;
  for (const [resource, amount] of need) sum += Math.max(0, (amount - requestOf(pod, resource)) / amount) ** 2;
  return sum;
}

/** Memory counts before CPU. */
function compareSize(a: Pod, b: Pod): number { return podRequest(a, 'memory') - podRequest(b, 'memory') || podRequest(a, 'cpu') - podRequest(b, 'cpu'); }
