import { errorMessage, isAbortError, linkSignals } from '@kubernode/base';
import type { NodeView } from '../cache/node-table.ts';
import { fitMessage } from '../cycle/fit-message.ts';
import { observePoint, observePointAsync, type CycleObserver, type ObservedStatus } from '../framework/cycle-observer.ts';
import type { Cycle, Plugin } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';
import { failed, isRejection, messageOf, type Refused } from '../framework/verdict.ts';
import type { PodsOnTheWay } from './waiting-pods.ts';

/** Why a pod that had a node does not get it. */
export interface BindFailure { readonly message: string; readonly reason: 'Unschedulable' | 'SchedulerError'; readonly refusedBy: ReadonlySet<string>; readonly rejected: boolean }

/** A pod that was given a node, on its way to being bound. */
export interface Placement { readonly cycle: Cycle; readonly node: NodeView; readonly profile: Profile; readonly observer?: CycleObserver | undefined }

const NOBODY: ReadonlySet<string> = new Set();

/** Reserves what the pod needs beyond the node's resources. Undefined: done. */
export function reserve(placement: Placement): BindFailure | undefined {
  return observePoint(placement.observer, 'Reserve', { work: () => reserveAll(placement), status: outcome });
}

function outcome(failure: BindFailure | undefined): ObservedStatus { return failure === undefined ? 'Success' : failure.rejected ? 'Unschedulable' : 'Error'; }

function reserveAll({ cycle, node, profile }: Placement): BindFailure | undefined {
  for (const plugin of profile.plugins.reserve) {
    const verdict = guarded(() => plugin.reserve?.(cycle, node));
    if (verdict !== undefined) return failureOf({ plugin: plugin.name, verdict }, node, 'Reserve');
  }
  return undefined;
}

export function unreserve({ cycle, node, profile, observer }: Placement): void {
  const work = (): void => { for (const plugin of [...profile.plugins.reserve].reverse()) guarded(() => plugin.unreserve?.(cycle, node)); }; // the others have to hear of it in any case
  observePoint(observer, 'Unreserve', { work, status: () => 'Success' });
}

/** Asks the plugins that may hold the pod back: a failure, or how long which of them want to wait. */
export function permit(placement: Placement): BindFailure | Map<string, number> {
  return observePoint(placement.observer, 'Permit', { work: () => permitAll(placement), status: (answer) => (!(answer instanceof Map) ? outcome(answer) : answer.size > 0 ? 'Wait' : 'Success') });
}

function permitAll({ cycle, node, profile }: Placement): BindFailure | Map<string, number> {
  const waits = new Map<string, number>();
  for (const plugin of profile.plugins.permit) {
    const answer = guarded(() => plugin.permit?.(cycle, node));
    if (answer === undefined) continue;
    if ('waitMs' in answer) waits.set(plugin.name, answer.waitMs);
    else return failureOf({ plugin: plugin.name, verdict: answer }, node, 'Permit');
  }
  return waits;
}

/** What comes before binding, plugin by plugin. `message`: why it was cancelled from outside. */
export async function preBind(placement: Placement, onTheWay: PodsOnTheWay, signal: AbortSignal): Promise<BindFailure | undefined> {
  return observePointAsync(placement.observer, 'PreBind', { work: () => preBindAll(placement, onTheWay, signal), status: outcome });
}

async function preBindAll({ cycle, node, profile }: Placement, onTheWay: PodsOnTheWay, signal: AbortSignal): Promise<BindFailure | undefined> {
  const { uid } = cycle.subject;
  const waiting = profile.plugins.preBind.filter((plugin) => plugin.needsPreBind?.(cycle, node) ?? true);
  if (waiting.length === 0) return undefined;
  const cancelled = onTheWay.startPreBind(uid);
  using either = linkSignals(signal, cancelled);
  try {
    for (const plugin of waiting) {
      const verdict = await settled(() => plugin.preBind?.(cycle, node, either.signal), { signal, cancelled });
      if (verdict !== undefined) return failureOf({ plugin: plugin.name, verdict }, node, 'PreBind');
    }
    if (cancelled.aborted) return errorFailure(errorMessage(cancelled.reason));
    onTheWay.beginBinding(uid);
    return undefined;
  } finally { onTheWay.endPreBind(uid); }
}

export async function bind(placement: Placement, signal: AbortSignal): Promise<BindFailure | undefined> {
  return observePointAsync(placement.observer, 'Bind', { work: () => bindByFirst(placement, signal), status: outcome });
}

async function bindByFirst({ cycle, node, profile }: Placement, signal: AbortSignal): Promise<BindFailure | undefined> {
  for (const plugin of profile.plugins.bind) {
    const verdict = await plugin.bind?.(cycle, node, signal);
    if (verdict === 'skip') continue;
    return verdict === undefined ? undefined : failureOf({ plugin: plugin.name, verdict }, node, 'Bind');
  }
  return errorFailure('no bind plugin took the pod');
}

/** A rejection at Reserve and Permit is told like that of a filter, of the one node. */
export function failureOf({ plugin, verdict }: Refused, node: NodeView, point: 'Reserve' | 'Permit' | 'PreBind' | 'Bind'): BindFailure {
  if (!isRejection(verdict)) return errorFailure(`running ${point} plugin "${plugin}": ${messageOf(verdict)}`);
  if (point === 'PreBind' || point === 'Bind') return { message: messageOf(verdict), reason: 'Unschedulable', refusedBy: NOBODY, rejected: true };
  const refusals = { byNode: new Map([[node, { plugin, verdict }]]), others: undefined };
  return { message: fitMessage({ nodes: 1, refusals }), reason: 'Unschedulable', refusedBy: new Set([plugin]), rejected: true };
}

export function errorFailure(message: string): BindFailure { return { message, reason: 'SchedulerError', refusedBy: NOBODY, rejected: false }; }

function guarded<T>(ask: () => T): T | ReturnType<typeof failed> {
  try { return ask(); } catch (error) { return failed(errorMessage(error)); }
}

async function settled(work: () => ReturnType<NonNullable<Plugin['preBind']>> | undefined, { signal, cancelled }: { signal: AbortSignal; cancelled: AbortSignal }): Promise<ReturnType<typeof failed> | undefined> {
  try { return await work(); } catch (error) {
    if (isAbortError(error) && signal.aborted) throw error;
    return failed(cancelled.aborted ? errorMessage(cancelled.reason) : errorMessage(error));
  }
}
