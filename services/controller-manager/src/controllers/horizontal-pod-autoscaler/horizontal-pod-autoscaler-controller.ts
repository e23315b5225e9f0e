import { matchesLabels } from '@kubernode/apimachinery';
import { autoscalingV2Resources, coreV1Resources, type autoscalingV2, type coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, watch, type Controller, type Listers, type Reach } from '@kubernode/controller';
import { AutoscalerMemory } from './autoscaler-memory.ts';
import type { AutoscalerSettings, AutoscalerSnapshot, Readings, Scale } from './autoscaler-snapshot.ts';
import { ClusterResources } from '../scale/cluster-resources.ts';
import { queryOf } from './metric-reading.ts';
import { readMetric } from './metrics-reader.ts';
import type { AutoscalerMetrics } from './metrics.ts';
import { selectPods } from './pod-selection.ts';
import { reconcile } from './reconcile-autoscaler.ts';
import { metricsDecide } from './replica-decision.ts';
import { findTarget } from './scale-target.ts';

const autoscalers = autoscalingV2Resources.horizontalpodautoscalers;

/** HorizontalPodAutoscalers: as many replicas as metrics ask for, looked at once a period. */
export function horizontalPodAutoscalerController(settings: AutoscalerSettings, { clock, metrics }: { clock: Clock; metrics: AutoscalerMetrics }): Controller {
  const memory = new AutoscalerMemory();
  const resources = new ClusterResources(clock);
  return controller<AutoscalerSnapshot>({
    name: 'horizontalpodautoscaler',
    component: 'horizontal-pod-autoscaler',
    watches: [
      watch<autoscalingV2.HorizontalPodAutoscaler>({ resource: autoscalers, batchMs: ({ object }) => (object === undefined ? 0 : settings.syncPeriodMs), keys: ({ key }) => [key] }),
      watch<coreV1.Pod>({ resource: coreV1Resources.pods, keys: () => [] }),
    ],
    read: (key, listers) => readAutoscaler(key, listers, { memory, settings, metrics }),
    ask: (snapshot, reach) => askServers(snapshot, { resources, clock }, reach),
    reconcile,
    onLook: ({ snapshot: { key }, seconds }) => { metrics.onLook(key, seconds); },
  });
}

function readAutoscaler(key: string, listers: Listers, { memory, settings, metrics }: Pick<AutoscalerSnapshot, 'memory' | 'settings' | 'metrics'>): AutoscalerSnapshot | undefined {
  const autoscaler = listers.of(autoscalers).get(key);
  if (autoscaler === undefined) {
    memory.forget(key);
    metrics.onGone(key);
    return undefined;
  }
  const { namespace = '' } = autoscaler.metadata;
  return {
    key, autoscaler, settings, memory, metrics, history: memory.historyOf(key),
    podsOf: (selector) => listers.of(coreV1Resources.pods).inNamespace(namespace).filter(({ metadata }) => matchesLabels(selector, metadata.labels)),
    rivalsFor: (pods) => memory.othersIn(namespace, key).filter(([, selector]) => pods.some(({ metadata }) => matchesLabels(selector, metadata.labels))).map(([other]) => other),
    target: { fault: 'the target was not asked for' }, readings: [],
  };
}

/** The target's scale, and then the metrics if they are to decide. */
interface Sources { resources: ClusterResources; clock: Clock }

async function askServers(snapshot: AutoscalerSnapshot, { resources, clock }: Sources, reach: Reach): Promise<AutoscalerSnapshot> {
  const { autoscaler } = snapshot;
  const target = await findTarget(autoscaler, resources, reach);
  const asked = { ...snapshot, target };
  if ('fault' in target || !metricsDecide(autoscaler, target.scale)) return asked;
  const took: number[] = [];
  return { ...asked, readings: await readMetrics(asked, target.scale, { resources, reach, clock, took }), readSeconds: took };
}

async function readMetrics(snapshot: AutoscalerSnapshot, { status }: Scale, { resources, reach, clock, took }: Sources & { reach: Reach; took: number[] }): Promise<Readings> {
  const selection = selectPods(snapshot, status?.selector);
  if (!('pods' in selection)) return [];
  const { metadata: { namespace = '' }, spec: { metrics = [] } } = snapshot.autoscaler;
  return Promise.all(metrics.map(async (spec, i) => {
    const query = queryOf(spec);
    const startedMs = clock.monotonicNow();
    const reading = query === undefined ? undefined : await readMetric(query, { namespace, selector: selection.selector, resources }, reach);
    took[i] = (clock.monotonicNow() - startedMs) / 1000;
    return reading;
  }));
}
