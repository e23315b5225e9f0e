import { quantityToNumber } from '@kubernode/apimachinery';
import type { autoscalingV2 } from '@kubernode/api';
import { ableToScale, scalingActive, scalingLimited, type Statement } from './autoscaler-conditions.ts';
import type { Autoscaler, AutoscalerSnapshot, Scale } from './autoscaler-snapshot.ts';
import { proposalOf } from './metric-proposal.ts';
import { selectPods } from './pod-selection.ts';
import type { Situation, Tolerances } from './replica-calculator.ts';
import { limitedByDefault, limitedByRules, type Limited } from './scaling-rules.ts';
import { stabilizedBothWays, stabilizedDown, type Stabilized } from './stabilization.ts';

type MetricStatus = autoscalingV2.MetricStatus;

export interface Warning { reason: string; message: string }

/** How many replicas there shall be, and all that is said about it. */
export interface Decision {
  /** Undefined when no number could be found: nothing is scaled. */
  desired: number | undefined;
  /** Why, for the event of a change. */
  reason: string;
  statements: readonly Statement[];
  warnings: readonly Warning[];
  /** Undefined when no metric was looked at. */
  metrics: readonly MetricStatus[] | undefined;
  /** How many replicas each metric asked for; undefined for one that failed. */
  asked?: readonly { type: string; replicas: number | undefined }[];
  /** What the metrics asked for, before anything was stabilized or limited. */
  recommendation?: number;
}

export function minReplicasOf({ spec }: Autoscaler): number { return spec.minReplicas ?? 1; }

/** Whether the metrics decide: not outside of the bounds, and not for what was scaled to zero by hand. */
export function metricsDecide(autoscaler: Autoscaler, scale: Scale): boolean {
  const current = scale.spec?.replicas ?? 0;
  return current !== 0 && current <= autoscaler.spec.maxReplicas && current >= minReplicasOf(autoscaler);
}

export function decide(snapshot: AutoscalerSnapshot, scale: Scale, nowMs: number): Decision {
  const { autoscaler } = snapshot;
  const current = scale.spec?.replicas ?? 0;
  const plain = (desired: number, reason: string, statements: readonly Statement[] = []): Decision => ({ desired, reason, statements, warnings: [], metrics: undefined });
  if (current === 0) return plain(0, '', [scalingActive('ScalingDisabled', 'scaling is disabled since the replica count of the target is zero', 'False')]);
  if (current > autoscaler.spec.maxReplicas) return plain(autoscaler.spec.maxReplicas, 'Current number of replicas above Spec.MaxReplicas');
  if (current < minReplicasOf(autoscaler)) return plain(minReplicasOf(autoscaler), 'Current number of replicas below Spec.MinReplicas');
  const asked = askedByMetrics(snapshot, scale, nowMs);
  if (asked.desired === undefined) return asked;
  const { replicas, statements } = settled(snapshot, asked.desired, current, nowMs);
  return { ...asked, desired: replicas, recommendation: asked.desired, statements: [...asked.statements, ...statements] };
}

/** The most that any metric asks for. One that fails keeps the others from scaling down. */
function askedByMetrics(snapshot: AutoscalerSnapshot, scale: Scale, nowMs: number): Decision {
  const { autoscaler: { spec: { metrics = [] }, metadata: { namespace = '' } }, readings } = snapshot;
  const current = scale.spec?.replicas ?? 0;
  const selection = selectPods(snapshot, scale.status?.selector);
  if (!('pods' in selection)) {
    const { condition, event } = selection;
    return { desired: undefined, reason: '', metrics: undefined, statements: [scalingActive(condition.reason, condition.message, 'False')], warnings: [event, { reason: 'FailedComputeMetricsReplicas', message: event.message }] };
  }
  const situation = situationOf(snapshot, scale, selection.pods, nowMs);
  const proposals = metrics.map((spec, i) => proposalOf(spec, readings[i], situation, namespace));
  const faults = proposals.filter((one) => 'fault' in one);
  const found = proposals.filter((one) => 'status' in one).reduce<{ replicas: number; name: string }>((best, one) => (best.replicas === 0 || one.replicas > best.replicas ? one : best), { replicas: 0, name: '' });
  const statuses = proposals.map((one): MetricStatus => ('status' in one ? one.status : { type: '' })); // as Kubernetes tells of a metric it knows nothing about
  const warnings = faults.map(({ reason, message }) => ({ reason, message }));
  const asked = proposals.map((one, i) => ({ type: metrics[i]?.type ?? '', replicas: 'status' in one ? one.replicas : undefined }));
  const [first] = faults;
  if (first !== undefined && (faults.length >= metrics.length || found.replicas < current)) {
    const failed = { reason: 'FailedComputeMetricsReplicas', message: `invalid metrics (${faults.length} invalid out of ${metrics.length}), first error is: ${first.fault}` };
    return { desired: undefined, reason: '', metrics: statuses, asked, statements: [scalingActive(first.reason, `the HPA was unable to compute the replica count: ${first.message}`, 'False')], warnings: [...warnings, failed] };
  }
  return {
    desired: found.replicas, metrics: statuses, asked, warnings,
    reason: found.replicas > current ? `${found.name} above target` : found.replicas < current ? 'All metrics below target' : '',
    statements: [scalingActive('ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${found.name}`)],
  };
}

function situationOf({ autoscaler, settings }: AutoscalerSnapshot, { spec, status }: Scale, pods: Situation['pods'], nowMs: number): Situation {
  return {
    pods, specReplicas: spec?.replicas ?? 0, statusReplicas: status?.replicas ?? 0, tolerances: tolerancesOf(autoscaler, settings.tolerance),
    readiness: { cpuInitializationMs: settings.cpuInitializationMs, initialDelayMs: settings.initialReadinessDelayMs, nowMs },
  };
}

function tolerancesOf({ spec: { behavior } }: Autoscaler, tolerance: number): Tolerances {
  const own = (rules: autoscalingV2.HPAScalingRules | undefined): number => (rules?.tolerance === undefined ? tolerance : quantityToNumber(rules.tolerance));
  return { up: own(behavior?.scaleUp), down: own(behavior?.scaleDown) };
}

/** Evened out over time, then kept within the bounds. */
function settled(snapshot: AutoscalerSnapshot, desired: number, current: number, nowMs: number): { replicas: number; statements: readonly Statement[] } {
  const { autoscaler, history } = snapshot;
  const stable = stabilized(snapshot, desired, current, nowMs);
  const bounds = { min: minReplicasOf(autoscaler), max: autoscaler.spec.maxReplicas, current };
  const { behavior } = autoscaler.spec;
  const limited: Limited = behavior === undefined ? limitedByDefault(stable.replicas, bounds) : limitedByRules(stable.replicas, bounds, { up: behavior.scaleUp ?? {}, down: behavior.scaleDown ?? {}, events: history, nowMs });
  return {
    replicas: limited.replicas,
    statements: [ableToScale(stable.reason, stable.message), scalingLimited(limited.reason, limited.message, limited.replicas === stable.replicas ? 'False' : 'True')],
  };
}

function stabilized({ autoscaler, history: { recommendations }, settings }: AutoscalerSnapshot, desired: number, current: number, nowMs: number): Stabilized {
  const { upMs, downMs } = windowsOf(autoscaler, settings.downscaleStabilizationMs);
  if (autoscaler.spec.behavior === undefined) return stabilizedDown(desired, recommendations, { windowMs: downMs, nowMs });
  return stabilizedBothWays(desired, recommendations, { upMs, downMs, current, nowMs });
}

/** How long recommendations matter, either way. */
export function windowsOf({ spec: { behavior } }: Autoscaler, downscaleStabilizationMs: number): { upMs: number; downMs: number } {
  const down = behavior?.scaleDown?.stabilizationWindowSeconds;
  return { upMs: (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000, downMs: down === undefined ? downscaleStabilizationMs : down * 1000 };
}
