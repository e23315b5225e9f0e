import type { coreV1 } from '@kubernode/api';
import type { Column } from '../cache/node-table.ts';
import { podInfo } from '../cache/pod-info.ts';
import { amountsOf, podRequests, type Amounts } from '../cache/pod-requests.ts';
import type { NodeResourcesFitArgs } from '../config/plugin-args.ts';
import { onNode, onPod, type EventRegistration } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable, unschedulable, type Verdict } from '../framework/verdict.ts';
import { occupies } from './occupies.ts';
import { sharesOf } from './resource-shares.ts';
import { strategyScorer } from './scoring-strategy.ts';

type Pod = Readonly<coreV1.Pod>;
type Node = Readonly<coreV1.Node>;

interface Need { readonly resource: string; readonly amount: number; readonly column: Column | undefined; readonly bit: number }

export interface DeviceBackedResources {
  /** Whether devices of some class stand for the resource where a node has none of its own. */
  isDeviceBacked(resource: string): boolean;
  readonly events: readonly EventRegistration[];
}

const NONE: DeviceBackedResources = { isDeviceBacked: () => false, events: [] };
const TOO_MANY_PODS = 'Too many pods';
/** Bits of a set of reasons: this one, that even an empty node would not do, then one for each need. */
const PODS_BIT = 1;
const UNRESOLVABLE_BIT = 2;
const FIRST_NEED_BIT = 4;

/** A pod fits where every resource it requests is left; how full a node should be afterwards is a matter of strategy. */
export function nodeResourcesFit({ scoringStrategy, ignoredResources, ignoredResourceGroups }: NodeResourcesFitArgs, devices: DeviceBackedResources = NONE): Plugin {
  const isIgnored = (resource: string): boolean => isExtended(resource) && (ignoredResources.includes(resource) || ignoredResourceGroups.includes(resource.split('/')[0] ?? ''));
  return {
    name: 'NodeResourcesFit',
    events: [onPod(['Delete', 'UpdatePodScaleDown'], helpsFit), onNode(['Add', 'UpdateNodeAllocatable'], (pod, { before, after }) => after !== undefined && nodeHelps(pod, before, after, devices)), ...devices.events],
    prepareFilter({ subject: { requests }, table }) {
      const pods = table.column('pods');
      const wanted = [...requests].filter(([resource, amount]) => amount > 0 && !isIgnored(resource));
      const needs = wanted.map(([resource, amount], i): Need => ({ resource, amount, column: table.column(resource), bit: FIRST_NEED_BIT << i }));
      const delegated = new Set(wanted.map(([resource]) => resource).filter((resource) => isExtended(resource) && devices.isDeviceBacked(resource)));
      const verdicts = new Map<number, Verdict>();
      return {
        check({ row }) {
          const missing = missingOf(needs, row, delegated) | ((pods?.requested[row] ?? 0) + 1 > (pods?.allocatable[row] ?? 0) ? PODS_BIT : 0);
          if (missing === 0) return undefined;
          let verdict = verdicts.get(missing);
          if (verdict === undefined) { verdict = verdictOf(missing, needs); verdicts.set(missing, verdict); }
          return verdict;
        },
      };
    },
    prepareScore({ subject, table }) {
      const score = strategyScorer(scoringStrategy, sharesOf(subject, table, scoringStrategy.resources, { generous: true }));
      return { score: ({ row }) => score(row) };
    },
  };
}

function missingOf(needs: readonly Need[], row: number, delegated: ReadonlySet<string>): number {
  let missing = 0;
  for (const { resource, amount, column, bit } of needs) {
    const allocatable = column?.allocatable[row] ?? 0;
    if (amount <= allocatable - (column?.requested[row] ?? 0)) continue;
    if (allocatable === 0 && delegated.has(resource)) continue;
    missing |= bit | (amount > allocatable ? UNRESOLVABLE_BIT : 0);
  }
  return missing;
}

function verdictOf(missing: number, needs: readonly Need[]): Verdict {
  const reasons = needs.filter(({ bit }) => (missing & bit) !== 0).map(({ resource }) => `Insufficient ${resource}`);
  if ((missing & PODS_BIT) !== 0) reasons.unshift(TOO_MANY_PODS);
  return ((missing & UNRESOLVABLE_BIT) === 0 ? unschedulable : unresolvable)(...reasons);
}

/** Resources that Kubernetes does not know by itself. */
export function isExtended(resource: string): boolean {
  const slash = resource.indexOf('/');
  return slash > 0 && !resource.slice(0, slash).endsWith('kubernetes.io') && !resource.startsWith('requests.');
}

/** A pod that goes makes room; one that shrinks does if it is the waiting one, or gives back something that is wanted. */
function helpsFit(pod: Pod, { before, after }: { before?: Pod | undefined; after?: Pod | undefined }): boolean {
  if (before === undefined) return true;
  if (after === undefined) return occupies(before);
  if (after.metadata.uid === pod.metadata.uid) return true;
  if ((after.spec?.nodeName ?? '') === '') return false;
  const [was, is] = [podRequests(before), podRequests(after)];
  return [...podRequests(pod)].some(([resource, amount]) => amount > 0 && (was.get(resource) ?? 0) > (is.get(resource) ?? 0));
}

function nodeHelps(pod: Pod, before: Node | undefined, after: Node, devices: DeviceBackedResources): boolean {
  const { requests } = podInfo(pod);
  const now = amountsOf(after.status?.allocatable);
  if (!fitsEmpty(requests, now, devices)) return false;
  if (before === undefined) return true;
  const was = amountsOf(before.status?.allocatable);
  const more = (resource: string): boolean => (now.get(resource) ?? 0) > (was.get(resource) ?? 0);
  return more('pods') || [...requests].some(([resource, amount]) => amount > 0 && (more(resource) || (isExtended(resource) && devices.isDeviceBacked(resource))));
}

function fitsEmpty(requests: Amounts, allocatable: Amounts, devices: DeviceBackedResources): boolean {
  return (allocatable.get('pods') ?? 0) >= 1 && [...requests].every(([resource, amount]) => amount <= (allocatable.get(resource) ?? 0) || ((allocatable.get(resource) ?? 0) === 0 && isExtended(resource) && devices.isDeviceBacked(resource)));
}
