import { formatTime, isConflict, parseLabelSelector, StatusError, type LabelSelector, sameJson } from '@kubernode/apimachinery';
import { autoscalingV2Resources, type autoscalingV2, type ResourceRef } from '@kubernode/api';
import type { Action, Plan } from '@kubernode/controller';
import { ableToScale, withStatements, type Statement } from './autoscaler-conditions.ts';
import type { Autoscaler, AutoscalerSnapshot, Scale } from './autoscaler-snapshot.ts';
import type { AutoscalerMetrics, ScaleAction } from './metrics.ts';
import { decide, metricsDecide, windowsOf, type Decision } from './replica-decision.ts';
import { longestPeriodMs } from './scaling-rules.ts';

type Status = autoscalingV2.HorizontalPodAutoscalerStatus;

const autoscalers = autoscalingV2Resources.horizontalpodautoscalers;
const GOT_SCALE = ableToScale('SucceededGetScale', 'the HPA controller was able to get the target\'s current scale');

/** Decides how many replicas there shall be, scales, and says so; then again after the sync period. */
export function reconcile(snapshot: AutoscalerSnapshot, nowMs: number): Plan {
  return { actions: actionsFor(snapshot, nowMs), againAfterMs: snapshot.settings.syncPeriodMs };
}

function actionsFor(snapshot: AutoscalerSnapshot, nowMs: number): readonly Action[] {
  const { autoscaler, target, key, memory } = snapshot;
  if ('fault' in target) {
    const failed = ableToScale('FailedGetScale', `the HPA controller was unable to get the target's current scale: ${target.fault}`, 'False');
    return [warn(autoscaler, 'FailedGetScale', target.fault), reconciledNote(snapshot, { action: 'none', failed: true, desired: undefined }), ...writeStatus(autoscaler, { ...statusOf(autoscaler), conditions: withStatements(autoscaler.status?.conditions ?? [], [failed], nowMs) })];
  }
  const { scale, resource } = target;
  const current = scale.spec?.replicas ?? 0;
  const first: AutoscalerSnapshot = snapshot.history.recommendations.length > 0 ? snapshot : { ...snapshot, history: { ...snapshot.history, recommendations: [{ replicas: current, atMs: nowMs }] } };
  const decision = decide(first, scale, nowMs);
  const selector = metricsDecide(autoscaler, scale) ? selectorOf(scale) : undefined;
  const remembered: Action[] = [...(selector === undefined ? [] : [{ do: 'remember', note: () => { memory.selects(key, selector); } } as const]), ...recommendations(first, snapshot, decision.recommendation, nowMs)];
  const warnings = [...decision.warnings.map(({ reason, message }) => warn(autoscaler, reason, message)), computedNote(snapshot, decision)];
  const status = (desired: number, statements: readonly Statement[], scaled: boolean): Status => ({
    ...statusOf(autoscaler), currentReplicas: current, desiredReplicas: desired, currentMetrics: decision.metrics === undefined ? null : [...decision.metrics],
    conditions: withStatements(autoscaler.status?.conditions ?? [], [GOT_SCALE, ...decision.statements, ...statements], nowMs), ...(scaled && { lastScaleTime: formatTime(nowMs) }),
  } as Status); // Kubernetes writes null for no metrics
  const { desired } = decision;
  const failed = decision.warnings.length > 0;
  if (desired === undefined) return [...remembered, ...warnings, reconciledNote(snapshot, { action: 'none', failed, desired }), ...writeStatus(autoscaler, status(autoscaler.status?.desiredReplicas ?? 0, [], false))];
  if (desired === current) return [...remembered, ...warnings, reconciledNote(snapshot, { action: 'none', failed, desired }), ...writeStatus(autoscaler, status(desired, [], false))];
  return [...remembered, ...warnings, rescale(snapshot, { scale, resource, desired, reason: decision.reason, failed, nowMs, status })];
}

function reconciledNote({ metrics, key }: AutoscalerSnapshot, seen: Parameters<AutoscalerMetrics['onReconciled']>[1]): Action {
  return { do: 'remember', note: () => { metrics.onReconciled(key, seen); } };
}

function computedNote({ metrics, autoscaler, readSeconds = [] }: AutoscalerSnapshot, { asked = [] }: Decision): Action {
  const before = autoscaler.status?.currentReplicas ?? 0;
  return { do: 'remember', note: () => { for (const [i, { type, replicas }] of asked.entries()) metrics.onComputed(type, { seconds: readSeconds[i] ?? 0, failed: replicas === undefined, action: actionOf(before, replicas ?? before) }); } };
}

function actionOf(from: number, to: number): ScaleAction { return to > from ? 'scale_up' : to < from ? 'scale_down' : 'none'; }

/** Undefined for a scale without a selector that can be read. */
function selectorOf({ status }: Scale): LabelSelector | undefined {
  if (status?.selector === undefined || status.selector === '') return undefined;
  try { return parseLabelSelector(status.selector); } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

/** The first sight of a target recommends what it has. */
function recommendations({ history, autoscaler, settings, memory, key }: AutoscalerSnapshot, before: AutoscalerSnapshot, recommendation: number | undefined, nowMs: number): Action[] {
  const { upMs, downMs } = windowsOf(autoscaler, settings.downscaleStabilizationMs);
  const sinceMs = nowMs - Math.max(upMs, downMs);
  const initial = before.history.recommendations.length === 0 ? history.recommendations : [];
  const latest = recommendation === undefined ? [] : [{ replicas: recommendation, atMs: nowMs }];
  return [...initial, ...latest].map((one) => ({ do: 'remember', note: () => { memory.recommend(key, one, sinceMs); } }));
}

interface Rescale { scale: Scale; resource: ResourceRef; desired: number; reason: string; failed: boolean; nowMs: number; status(desired: number, statements: readonly Statement[], scaled: boolean): Status }

/** Writes the new size. Where the scale has changed since it was read, its new version is overwritten: the size is what counts. */
function rescale(snapshot: AutoscalerSnapshot, { scale, resource, desired, reason, failed, nowMs, status }: Rescale): Action {
  const { autoscaler, key, memory } = snapshot;
  const current = scale.spec?.replicas ?? 0;
  const object = { ...scale, spec: { ...scale.spec, replicas: desired } };
  const { behavior } = autoscaler.spec;
  const grows = desired > current;
  const event = { change: Math.abs(desired - current), atMs: nowMs };
  const outcomes = {
    then: (): readonly Action[] => [
      reconciledNote(snapshot, { action: actionOf(current, desired), failed, desired }),
      { do: 'event', about: autoscaler, type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${desired}; reason: ${reason}` },
      ...(behavior === undefined ? [] : [{ do: 'remember', note: () => { memory.scaled(key, grows ? 'ups' : 'downs', event, nowMs - longestPeriodMs((grows ? behavior.scaleUp : behavior.scaleDown) ?? {})); } } as const]),
      ...writeStatus(autoscaler, status(desired, [ableToScale('SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`)], true)),
    ],
    otherwise: (error: StatusError): { actions: readonly Action[]; handled: true } => ({
      handled: true,
      actions: [
        reconciledNote(snapshot, { action: 'none', failed: true, desired: undefined }),
        warn(autoscaler, 'FailedRescale', `New size: ${desired}; reason: ${reason}; error: ${error.message}`),
        ...writeStatus(autoscaler, status(autoscaler.status?.desiredReplicas ?? 0, [ableToScale('FailedUpdateScale', `the HPA controller was unable to update the target scale: ${error.message}`, 'False')], false)),
      ],
    }),
  };
  const { resourceVersion: _version, ...unversioned } = scale.metadata;
  const again: Action = { do: 'update', resource, object: { ...object, metadata: unversioned }, subresource: 'scale', ...outcomes };
  return { do: 'update', resource, object, subresource: 'scale', then: outcomes.then, otherwise: (error) => (isConflict(error) ? { actions: [again], handled: true } : outcomes.otherwise(error)) };
}

/** What stays of a status that is written anew. */
function statusOf({ status }: Autoscaler): Status {
  return { currentMetrics: status?.currentMetrics ?? null, desiredReplicas: status?.desiredReplicas ?? 0, ...(status?.currentReplicas !== undefined && { currentReplicas: status.currentReplicas }), ...(status?.lastScaleTime !== undefined && { lastScaleTime: status.lastScaleTime }) } as Status; // Kubernetes writes null for no metrics
}

/** Zero replicas are left out, as Kubernetes does; a status that stays the same is not written. */
function writeStatus(autoscaler: Autoscaler, { currentReplicas = 0, ...rest }: Status): readonly Action[] {
  const status: Status = { ...(currentReplicas > 0 && { currentReplicas }), ...rest };
  const { observedGeneration: _generation, ...known } = autoscaler.status ?? {};
  if (sameJson(status, { currentMetrics: null, desiredReplicas: 0, ...known })) return [];
  return [{
    do: 'update', resource: autoscalers, object: { ...autoscaler, status }, subresource: 'status',
    otherwise: (error) => ({ actions: [warn(autoscaler, 'FailedUpdateStatus', error.message)], handled: true }),
  }];
}

function warn(about: Autoscaler, reason: string, message: string): Action { return { do: 'event', about, type: 'Warning', reason, message }; }

