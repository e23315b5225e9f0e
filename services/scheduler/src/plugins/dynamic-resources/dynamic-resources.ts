import { newUid, objectKey } from '@kubernode/apimachinery';
import { resourceV1Resources, type resourceV1 } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import { parseDuration } from '@kubernode/component-base';
import type { NodeView } from '../../cache/node-table.ts';
import type { DynamicResourcesArgs } from '../../config/plugin-args.ts';
import { normaliseByHighest } from '../../cycle/score-nodes.ts';
import { onNode, onPod, onResource, type EventRegistration } from '../../framework/cluster-event.ts';
import type { Cycle, Plugin, PluginHandle } from '../../framework/plugin.ts';
import { failed, unresolvable, unschedulable, type Verdict } from '../../framework/verdict.ts';
import { nodeSelector, type NodePredicate } from '../node-selector.ts';
import { allocateDevices, type AllocateOptions } from './allocate-devices.ts';
import { AllocatedDevices } from './allocated-devices.ts';
import { areDevicesReady, bindClaim, deallocate, dropReservation } from './bind-claims.ts';
import { canBeReserved, isReservedFor, resourceClaimsOf } from './claims-of-pod.ts';
import { gatherPools } from './device-pools.ts';
import { missingClass, SelectorCache } from './device-requests.ts';

type Claim = Readonly<resourceV1.ResourceClaim>;

const NOTHING_TO_FREE = unschedulable('no new claims to deallocate');
/** Kubernetes' words where an earlier plugin turned the pod down before this one was asked. */
const NOT_ASKED = failed('not found');
const UNAVAILABLE = unresolvable('resourceclaim not available on the node');
const READY_POLL_MS = 1000;
/** As many alternatives a request has at most; the first scores as much. */
const ALTERNATIVES_MAX = 8;

/** What an attempt knows of the pod's claims. */
interface Attempt {
  readonly claims: readonly Claim[];
  readonly toAllocate: readonly Claim[];
  readonly byNode: Map<NodeView, readonly resourceV1.AllocationResult[]>;
  /** Allocated claims that some node cannot use. */
  readonly unavailable: Set<Claim>;
}

/** Gives pods the devices that they claim, and nodes where these can be used. */
export function dynamicResources({ bindingTimeout }: DynamicResourcesArgs, handle: PluginHandle): Plugin {
  const claims = handle.lister(resourceV1Resources.resourceclaims);
  const classes = handle.lister(resourceV1Resources.deviceclasses);
  const slices = handle.lister(resourceV1Resources.resourceslices);
  const pending = new Map<string, Claim>(); // by uid: allocations that were decided and are not seen yet
  const attempts = new WeakMap<Cycle, Attempt>();
  const selectors = new SelectorCache();
  const claimOf = (key: string): Claim | undefined => claims.get(key);
  const classOf = (name: string): ReturnType<typeof classes.get> => classes.get(name);
  const allocateOptions = (): AllocateOptions => {
    for (const [uid, one] of pending) if (claims.get(objectKey(one.metadata))?.status?.allocation !== undefined) pending.delete(uid);
    return { pools: gatherPools(slices.list()), allocated: new AllocatedDevices([...claims.list(), ...pending.values()]), classOf, selectors, newShareId: () => newUid(handle.rng) };
  };
  return {
    name: 'DynamicResources',
    events: deviceEvents(claimOf),
    preEnqueue(pod) {
      const found = resourceClaimsOf(pod, claimOf);
      return typeof found === 'string' ? unresolvable(found) : undefined;
    },
    prepareFilter(cycle) {
      const { pod } = cycle.subject;
      const found = resourceClaimsOf(pod, claimOf);
      if (typeof found === 'string') { attempts.set(cycle, noClaims); return unresolvable(found); }
      const toAllocate = found.filter(({ status }) => status?.allocation === undefined);
      const attempt: Attempt = { claims: found, toAllocate, byNode: new Map(), unavailable: new Set() };
      attempts.set(cycle, attempt);
      if (found.length === 0) return undefined;
      const fault = claimFault(found, toAllocate, { pending, classOf, isOurs: (claim) => isReservedFor(claim, pod) });
      if (fault !== undefined) return unresolvable(fault);
      const reachable = found.flatMap((claim): [Claim, NodePredicate][] => { const where = claim.status?.allocation?.nodeSelector; return where === undefined ? [] : [[claim, nodeSelector(where)]]; });
      const options = toAllocate.length === 0 ? undefined : allocateOptions();
      return { check: (node) => checkNode(node, { attempt, reachable, options }) };
    },
    postFilter: (cycle) => ({ verdict: freeIdleClaim(attempts.get(cycle), cycle, handle) }),
    prepareScore(cycle) {
      const attempt = attempts.get(cycle);
      if (attempt === undefined || !attempt.claims.some(({ spec }) => spec.devices?.requests?.some(({ firstAvailable }) => firstAvailable !== undefined) === true)) return undefined;
      return { score: (node) => alternativeScore(attempt, node), normalise: (scores) => { normaliseByHighest(scores); } };
    },
    reserve(cycle, node) {
      const { toAllocate = [], byNode } = attempts.get(cycle) ?? {};
      if (toAllocate.length === 0) return undefined;
      const results = byNode?.get(node);
      if (results === undefined) return failed('claim allocation not found for node');
      for (const [i, claim] of toAllocate.entries()) pending.set(claim.metadata.uid ?? '', { ...claim, status: { ...claim.status, ...(results[i] && { allocation: results[i] }) } });
      return undefined;
    },
    unreserve(cycle) {
      const { claims: all = [], toAllocate = [] } = attempts.get(cycle) ?? {};
      for (const { metadata } of toAllocate) pending.delete(metadata.uid ?? '');
      dropReservations(all.map(({ metadata }) => claims.get(objectKey(metadata))), cycle, handle);
    },
    needsPreBind: (cycle) => (attempts.get(cycle)?.claims.length ?? 0) > 0,
    async preBind(cycle, node, signal) {
      const attempt = attempts.get(cycle);
      if (attempt === undefined) return undefined;
      try { await bindAll(cycle, attempt, node, { handle, claimOf, timeoutMs: parseDuration(bindingTimeout) ?? 0 }, signal); } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        return failed(errorMessage(error));
      }
      return undefined;
    },
  };
}

/** An allocated claim that keeps the pod away from other nodes, and that nobody else uses, is allocated anew. */
function freeIdleClaim(attempt: Attempt | undefined, { subject: { uid } }: Cycle, handle: PluginHandle): Verdict {
  if (attempt === undefined) return NOT_ASKED;
  if (attempt.claims.length === 0) return NOTHING_TO_FREE;
  const idle = [...attempt.unavailable].find(({ status }) => (status?.reservedFor ?? []).every((one) => one.uid === uid));
  if (idle === undefined) return unschedulable('still not schedulable');
  handle.background('deallocation', (signal) => deallocate(idle, handle, signal));
  return unschedulable('deallocation of ResourceClaim completed');
}

function dropReservations(claims: readonly (Claim | undefined)[], { subject: { pod } }: Cycle, handle: PluginHandle): void {
  for (const claim of claims) if (claim !== undefined && isReservedFor(claim, pod)) handle.background('unreserving a claim', (signal) => dropReservation(claim, pod, handle, signal));
}

const noClaims: Attempt = { claims: [], toAllocate: [], byNode: new Map(), unavailable: new Set() };

function claimFault(all: readonly Claim[], toAllocate: readonly Claim[], { pending, classOf, isOurs }: { pending: ReadonlyMap<string, Claim>; classOf: AllocateOptions['classOf']; isOurs(claim: Claim): boolean }): string | undefined {
  if (all.some((claim) => claim.status?.allocation !== undefined && !canBeReserved(claim) && !isOurs(claim))) return 'resourceclaim in use';
  for (const { metadata, spec } of toAllocate) {
    if (pending.has(metadata.uid ?? '')) return `resource claim ${objectKey(metadata)} is in the process of being allocated`;
    const missing = missingClass(spec.devices?.requests ?? [], classOf);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function checkNode(view: NodeView, { attempt, reachable, options }: { attempt: Attempt; reachable: readonly [Claim, NodePredicate][]; options: AllocateOptions | undefined }): Verdict | undefined {
  const unreachable = reachable.filter(([, matches]) => !matches(view.node)).map(([claim]) => claim);
  for (const claim of unreachable) attempt.unavailable.add(claim);
  if (unreachable.length > 0) return UNAVAILABLE;
  if (options === undefined) return undefined;
  let results: resourceV1.AllocationResult[] | string;
  try { results = allocateDevices(attempt.toAllocate, view, options); } catch (error) { return failed(errorMessage(error)); }
  if (typeof results === 'string') return unresolvable(results);
  attempt.byNode.set(view, results);
  return undefined;
}

/** The better the alternatives that requests got, the better. */
function alternativeScore({ claims, toAllocate, byNode }: Attempt, node: NodeView): number {
  let score = 0;
  for (const claim of claims) {
    const allocation = claim.status?.allocation ?? byNode.get(node)?.[toAllocate.indexOf(claim)];
    const taken = new Set((allocation?.devices?.results ?? []).map(({ request }) => request));
    for (const { name, firstAvailable = [] } of claim.spec.devices?.requests ?? []) for (const [i, one] of firstAvailable.entries()) if (taken.has(`${name}/${one.name}`)) score += ALTERNATIVES_MAX - i;
  }
  return score;
}

interface BindOptions { handle: PluginHandle; claimOf(key: string): Claim | undefined; timeoutMs: number }

async function bindAll({ subject: { pod } }: Cycle, { claims, toAllocate, byNode }: Attempt, node: NodeView, { handle, claimOf, timeoutMs }: BindOptions, signal: AbortSignal): Promise<void> {
  const bound: Claim[] = [];
  for (const claim of claims) {
    const at = toAllocate.indexOf(claim);
    bound.push(isReservedFor(claim, pod) ? claim : await bindClaim(claim, pod, at < 0 ? undefined : byNode.get(node)?.[at], handle, signal));
  }
  const waiting = bound.filter(({ status }) => status?.allocation?.devices?.results?.some(({ bindingConditions = [] }) => bindingConditions.length > 0) === true);
  if (waiting.length === 0) return;
  handle.event(pod, { type: 'Normal', reason: 'BindingConditionsPending', action: 'Scheduling', note: `waiting for binding conditions for device on node ${node.name}` });
  for (const until = handle.clock.monotonicNow() + timeoutMs; !waiting.every((claim) => areDevicesReady(claimOf(objectKey(claim.metadata)) ?? claim));) {
    if (handle.clock.monotonicNow() >= until) throw new Error('device binding timeout: context deadline exceeded');
    await handle.clock.sleep(READY_POLL_MS, { signal });
  }
}

function deviceEvents(claimOf: (key: string) => Claim | undefined): readonly EventRegistration[] {
  return [
    onNode(['Add', 'UpdateNodeLabel', 'UpdateNodeAllocatable']),
    onResource(resourceV1Resources.resourceclaims, ['Add', 'Update'], (pod, { before, after }) => {
      const ours = resourceClaimsOf(pod, claimOf);
      if (typeof ours === 'string') return false;
      if (before?.status?.allocation !== undefined && after?.status?.allocation === undefined) return true;
      return ours.some(({ metadata }) => metadata.uid === after?.metadata.uid) && (before === undefined || JSON.stringify(before.status) !== JSON.stringify(after?.status));
    }),
    onPod(['UpdatePodGeneratedResourceClaim'], (pod, { after }) => after !== undefined && after.metadata.uid === pod.metadata.uid && typeof resourceClaimsOf(after, claimOf) !== 'string'),
    onResource(resourceV1Resources.deviceclasses, ['Add', 'Update']),
    onResource(resourceV1Resources.resourceslices, ['Add', 'Update']),
  ];
}
