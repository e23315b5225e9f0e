import { conflict, matchesLabels, parseLabelSelector, type StatusError } from '@kubernode/apimachinery';
import { appsV1Resources, type autoscalingV1, type autoscalingV2, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { Registry } from 'prom-client';
import { AutoscalerMemory } from './autoscaler-memory.ts';
import type { AutoscalerSnapshot, Target } from './autoscaler-snapshot.ts';
import type { Reading } from './metric-reading.ts';
import { autoscalerMetrics, type AutoscalerMetrics } from './metrics.ts';
import { reconcile } from './reconcile-autoscaler.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const NOW_TEXT = '2026-01-01T01:00:00Z';
const SETTINGS = { syncPeriodMs: 15_000, downscaleStabilizationMs: 300_000, tolerance: 0.1, cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 };
const GOT = 'AbleToScale True SucceededGetScale: the HPA controller was able to get the target\'s current scale';

const podsMetric = (name: string): autoscalingV2.MetricSpec => ({ type: 'Pods', pods: { metric: { name }, target: { type: 'AverageValue', averageValue: '100' } } });
const external = (name: string): autoscalingV2.MetricSpec => ({ type: 'External', external: { metric: { name, selector: { matchLabels: { q: 'a' } } }, target: { type: 'Value', value: '1' } } });

function autoscaler(spec: Partial<autoscalingV2.HorizontalPodAutoscalerSpec> = {}, status?: autoscalingV2.HorizontalPodAutoscalerStatus): autoscalingV2.HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', namespace: 'ns', uid: 'h' },
    spec: { minReplicas: 2, maxReplicas: 10, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, metrics: [podsMetric('qps')], ...spec }, ...(status && { status }),
  };
}

function scaleOf(replicas: number, selector: string | undefined = 'app=web'): Target {
  const scale: autoscalingV1.Scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web', namespace: 'ns', resourceVersion: '7' }, spec: { replicas }, status: { replicas, ...(selector !== undefined && { selector }) } };
  return { scale, resource: appsV1Resources.deployments };
}

function pods(count: number, labels: Record<string, string> = { app: 'web' }): coreV1.Pod[] {
  return Array.from({ length: count }, (_none, i) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: 'ns', labels }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }));
}

/** Every pod the same. */
const qps = (count: number, milli: number): Reading => ({ pods: new Map(Array.from({ length: count }, (_none, i) => [`p${i}`, { milli, atMs: NOW, windowMs: 60_000 }])) });

interface Seen { events: string[]; conditions: string[]; status: autoscalingV2.HorizontalPodAutoscalerStatus | undefined; scaledTo: (number | undefined)[] }
interface Given { metrics?: AutoscalerMetrics; target: Target; readings?: Reading[]; running?: coreV1.Pod[]; memory?: AutoscalerMemory; nowMs?: number; refuseScale?: (try_: number) => StatusError | undefined }

/** Carries the plan out on a server that takes everything but what `refuseScale` says. */
function run(one: autoscalingV2.HorizontalPodAutoscaler, { target, readings = [], running = [], memory = new AutoscalerMemory(), nowMs = NOW, refuseScale = () => undefined, metrics = autoscalerMetrics(new Registry()) }: Given): Seen {
  const key = 'ns/h';
  const snapshot: AutoscalerSnapshot = {
    key, autoscaler: one, settings: SETTINGS, memory, metrics, history: memory.historyOf(key), target, readings,
    podsOf: (selector) => running.filter(({ metadata }) => matchesLabels(selector, metadata.labels)),
    rivalsFor: (chosen) => memory.othersIn('ns', key).filter(([, selector]) => chosen.some(({ metadata }) => matchesLabels(selector, metadata.labels))).map(([other]) => other),
  };
  const seen: Seen = { events: [], conditions: [], status: undefined, scaledTo: [] };
  const perform = (action: Action): void => {
    switch (action.do) {
      case 'event': seen.events.push(`${action.type} ${action.reason}: ${action.message}`); break;
      case 'remember': action.note(); break;
      case 'update': {
        if (action.subresource === 'status') { seen.status = action.object.status as autoscalingV2.HorizontalPodAutoscalerStatus; break; } // an autoscaler's
        const refusal = refuseScale(seen.scaledTo.length);
        seen.scaledTo.push((action.object.spec as { replicas?: number }).replicas); // a scale's
        if (refusal === undefined) action.then?.(action.object).forEach(perform);
        else (action.otherwise?.(refusal).actions ?? []).forEach(perform);
        break;
      }
      default: throw new Error(`unexpected ${action.do}`);
    }
  };
  const { actions, againAfterMs } = reconcile(snapshot, nowMs);
  actions.forEach(perform);
  expect(againAfterMs).toBe(15_000);
  seen.conditions = (seen.status?.conditions ?? []).map(({ type, status, reason, message }) => `${type} ${status} ${reason ?? ''}: ${message ?? ''}`);
  return seen;
}

test('a target that cannot be read is told', () => {
  const fault = 'deployments.apps "web" not found';
  expect(run(autoscaler(), { target: { fault } })).toMatchObject({
    scaledTo: [], events: [`Warning FailedGetScale: ${fault}`], conditions: [`AbleToScale False FailedGetScale: the HPA controller was unable to get the target's current scale: ${fault}`],
    status: { currentMetrics: null, desiredReplicas: 0 },
  });
});

test.each<[string, number, Partial<Seen>]>([
  ['zero replicas: nothing is scaled', 0, { scaledTo: [], events: [], conditions: [GOT, 'ScalingActive False ScalingDisabled: scaling is disabled since the replica count of the target is zero'] }],
  ['too few', 1, { scaledTo: [2], events: ['Normal SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas'], conditions: ['AbleToScale True SucceededRescale: the HPA controller was able to update the target scale to 2'] }],
  ['too many', 12, { scaledTo: [10], events: ['Normal SuccessfulRescale: New size: 10; reason: Current number of replicas above Spec.MaxReplicas'] }],
])('outside of its bounds metrics do not matter: %s', (_name, replicas, want) => {
  expect(run(autoscaler(), { target: scaleOf(replicas) })).toMatchObject(want);
});

test('usage above its target scales up', () => {
  expect(run(autoscaler(), { target: scaleOf(3), running: pods(3), readings: [qps(3, 200_000)] })).toMatchObject({
    scaledTo: [6], events: ['Normal SuccessfulRescale: New size: 6; reason: pods metric qps above target'],
    conditions: [
      'AbleToScale True SucceededRescale: the HPA controller was able to update the target scale to 6',
      'ScalingActive True ValidMetricFound: the HPA was able to successfully calculate a replica count from pods metric qps',
      'ScalingLimited False DesiredWithinRange: the desired count is within the acceptable range',
    ],
    status: { currentReplicas: 3, desiredReplicas: 6, lastScaleTime: NOW_TEXT, currentMetrics: [{ type: 'Pods', pods: { metric: { name: 'qps' }, current: { averageValue: '200' } } }] },
  });
});

test('usage below its target scales down once no higher recommendation is left', () => {
  const memory = new AutoscalerMemory();
  const at = (seconds: number): Seen => run(autoscaler(), { target: scaleOf(5), running: pods(5), readings: [qps(5, 50_000)], memory, nowMs: NOW + seconds * 1000 });
  expect(at(0)).toMatchObject({ scaledTo: [], conditions: ['AbleToScale True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation', expect.anything(), expect.anything()], status: { desiredReplicas: 5 } });
  expect(at(300).scaledTo).toEqual([]);
  expect(at(301)).toMatchObject({ scaledTo: [3], events: ['Normal SuccessfulRescale: New size: 3; reason: All metrics below target'] });
});

const metricFault = 'unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)';
const externalFault = `unable to get external metric ns/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},}: ${metricFault}`;

test('a metric that fails does not keep the others from scaling up', () => {
  const seen = run(autoscaler({ metrics: [podsMetric('qps'), external('queue')] }), { target: scaleOf(3), running: pods(3), readings: [qps(3, 200_000), { fault: metricFault }] });
  expect(seen).toMatchObject({ scaledTo: [6], events: [`Warning FailedGetExternalMetric: ${externalFault}`, 'Normal SuccessfulRescale: New size: 6; reason: pods metric qps above target'], status: { currentMetrics: [{ type: 'Pods' }, { type: '' }] } });
});

test('a metric that fails keeps the others from scaling down', () => {
  const seen = run(autoscaler({ metrics: [podsMetric('qps'), external('queue')] }), { target: scaleOf(5), running: pods(5), readings: [qps(5, 10_000), { fault: metricFault }] });
  expect(seen).toMatchObject({
    scaledTo: [], conditions: [GOT, `ScalingActive False FailedGetExternalMetric: the HPA was unable to compute the replica count: ${externalFault}`],
    events: [`Warning FailedGetExternalMetric: ${externalFault}`, `Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 2), first error is: failed to get queue external metric value: failed to get external metric queue: ${externalFault}`],
    status: { currentReplicas: 5, desiredReplicas: 0 },
  });
});

test.each<[string, string | undefined, string[], string]>([
  ['no selector', undefined, ['Warning SelectorRequired: selector is required', 'Warning FailedComputeMetricsReplicas: selector is required'], 'ScalingActive False InvalidSelector: the HPA target\'s scale is missing a selector'],
  ['a selector that cannot be read', 'cheddar cheese', [expect.stringMatching(/^Warning InvalidSelector: couldn't convert selector into a corresponding internal selector object: /), expect.stringMatching(/^Warning FailedComputeMetricsReplicas: couldn't/)], expect.stringMatching(/^ScalingActive False InvalidSelector: couldn't convert selector/)],
  ['pods of another autoscaler', 'app=web', ['Warning AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [ns/h ns/other]', 'Warning FailedComputeMetricsReplicas: pods by selector app=web are controlled by multiple HPAs: [ns/h ns/other]'], 'ScalingActive False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [ns/h ns/other]'],
])('%s', (_name, selector, events, condition) => {
  const memory = new AutoscalerMemory();
  memory.selects('ns/other', parseLabelSelector('tier=front'));
  memory.selects('elsewhere/h', parseLabelSelector('app=web'));
  const target = selector === undefined ? { ...scaleOf(3), scale: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 3 }, status: { replicas: 3 } } } as Target : scaleOf(3, selector); // a scale without a selector
  expect(run(autoscaler(), { target, running: pods(3, { app: 'web', tier: 'front' }), memory })).toMatchObject({ events, conditions: [GOT, condition], status: { currentMetrics: null } });
});

const CONFLICT = conflict({ group: 'apps', resource: 'deployments' }, 'web', 'the object has been modified');

test('a scale that changed meanwhile is overwritten', () => {
  expect(run(autoscaler(), { target: scaleOf(1), refuseScale: (attempt) => (attempt === 0 ? CONFLICT : undefined) })).toMatchObject({ scaledTo: [2, 2], status: { desiredReplicas: 2 } });
});

test('a scale that is refused is told', () => {
  expect(run(autoscaler(), { target: scaleOf(1), refuseScale: () => CONFLICT })).toMatchObject({
    events: [`Warning FailedRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas; error: ${CONFLICT.message}`],
    conditions: [`AbleToScale False FailedUpdateScale: the HPA controller was unable to update the target scale: ${CONFLICT.message}`], status: { currentReplicas: 1, desiredReplicas: 0 },
  });
});

test('a status that stays the same is not written', () => {
  const given: Given = { target: scaleOf(3), running: pods(3), readings: [qps(3, 100_000)] };
  const first = run(autoscaler(), given).status;
  expect(first).toBeDefined();
  expect(run(autoscaler({}, first), { ...given, nowMs: NOW + 15_000 }).status).toBeUndefined();
});

test('policies hold back what was done lately', () => {
  const behavior: autoscalingV2.HorizontalPodAutoscalerBehavior = { scaleUp: { selectPolicy: 'Max', stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] }, scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] } };
  const memory = new AutoscalerMemory();
  const at = (seconds: number, replicas: number): Seen => run(autoscaler({ behavior }), { target: scaleOf(replicas), running: pods(replicas), readings: [qps(replicas, 300_000)], memory, nowMs: NOW + seconds * 1000 });
  expect(at(0, 3)).toMatchObject({ scaledTo: [5], conditions: [expect.anything(), expect.anything(), 'ScalingLimited True ScaleUpLimit: the desired replica count is increasing faster than the maximum scale rate'] });
  expect(at(30, 5).scaledTo).toEqual([]);
  expect(at(61, 5).scaledTo).toEqual([7]);
});

test('what was decided is counted under Kubernetes\' names, and forgotten with the autoscaler', async () => {
  const registry = new Registry();
  const metrics = autoscalerMetrics(registry);
  run(autoscaler(), { metrics, target: scaleOf(3), running: pods(3), readings: [qps(3, 200_000)] });
  run(autoscaler({ metrics: [external('queue')] }), { metrics, target: scaleOf(5), running: pods(5), readings: [{ fault: metricFault }] });
  run(autoscaler(), { metrics, target: { fault: 'no' } });
  metrics.onLook('ns/h', 0.1);
  const prefix = 'horizontal_pod_autoscaler_controller_';
  const values = async (): Promise<Record<string, number>> => Object.fromEntries((await registry.metrics()).split('\n').filter((line) => line.startsWith(prefix) && !/_(bucket|sum)\{/.test(line)).map((line) => [line.slice(prefix.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  expect(await values()).toEqual({
    'reconciliations_total{action="scale_up",error="none"}': 1, 'reconciliations_total{action="none",error="internal"}': 2,
    'metric_computation_total{action="scale_up",error="none",metric_type="Pods"}': 1, 'metric_computation_total{action="none",error="internal",metric_type="External"}': 1,
    'reconciliation_duration_seconds_count{action="none",error="internal"}': 1,
    'metric_computation_duration_seconds_count{action="scale_up",error="none",metric_type="Pods"}': 1, 'metric_computation_duration_seconds_count{action="none",error="internal",metric_type="External"}': 1,
    num_horizontal_pod_autoscalers: 1, 'desired_replicas{namespace="ns",hpa_name="h"}': 6,
  });
  metrics.onGone('ns/h');
  expect(await values()).toMatchObject({ num_horizontal_pod_autoscalers: 0 });
  expect(await values()).not.toHaveProperty('desired_replicas{namespace="ns",hpa_name="h"}');
});
