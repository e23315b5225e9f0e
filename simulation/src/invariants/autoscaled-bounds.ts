import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant, TakenWrite } from './invariant.ts';
import { Recent } from './recent.ts';

interface Bounds { min: number; max: number }
/** A size of a target, and the revision from which on it had it. */
interface Size { replicas: number; revision: number }

const TARGETS: Readonly<Record<string, string>> = { Deployment: 'deployments', StatefulSet: 'statefulsets' };
const SIZED = new Set(Object.values(TARGETS));
const SCALE = /\/namespaces\/([^/]+)\/(deployments|statefulsets)\/([^/]+)\/scale(?:\?|$)/;

/**
 * Controllers give a target only sizes within the bounds of its autoscaler as it was lately, and none to a target that has been scaled to zero: that switches
 * autoscaling off. Users may give it any, which its autoscaler brings back: at rest targets are within bounds, and autoscalers say what they want.
 */
export function autoscaledBounds(): Invariant {
  const bounds = new Recent<Bounds | undefined>(); // by target; undefined while it has no autoscaler
  const sizes = new Recent<Size>(); // by target
  return {
    name: 'autoscalers keep to their bounds',
    observe({ resource, object, previous, atMs, revision }: Version) {
      if (resource === 'horizontalpodautoscalers') bounds.note(targetOf(object ?? previous as Stored), atMs, object && boundsOf(object)); // one of them is there
      if (SIZED.has(resource) && object !== undefined) sizes.note(shown(resource, object.metadata), atMs, { replicas: replicasOf(object), revision });
      return undefined;
    },
    taken({ process, request: { method, path }, response: { body }, atMs }: TakenWrite) {
      const [, namespace = '', resource = '', name] = SCALE.exec(path) ?? [];
      if (method === 'GET' || name === undefined || !process.startsWith('controller-manager')) return undefined;
      const scale = JSON.parse(body.toString('utf8')) as Stored; // a Scale
      const replicas = Number(scale.spec?.['replicas'] ?? 0);
      const target = shown(resource, { namespace, name });
      const what = `${process} scaled ${target} to ${replicas}`;
      const asked = bounds.seen(target, atMs).filter((one) => one !== undefined);
      if (asked.length === 0) return `${what}, for which there is no autoscaler`;
      if (!asked.some((one) => isWithin(one, replicas))) return `${what}, where ${[...new Set(asked.map(({ min, max }) => `${min} to ${max}`))].join(' or ')} are allowed`;
      const before = sizes.seen(target, atMs).filter(({ revision }) => revision < Number(scale.metadata.resourceVersion));
      return before.length > 0 && before.every((one) => one.replicas === 0) ? `${what}, which was scaled to none` : undefined;
    },
    *atRest(history: History) {
      for (const autoscaler of history.all('horizontalpodautoscalers')) {
        const { namespace = '', name } = autoscaler.metadata;
        const resource = TARGETS[refOf(autoscaler).kind] ?? '';
        const target = history.get(resource, `/registry/${resource}/${namespace}/${refOf(autoscaler).name}`);
        if (target === undefined) continue;
        const replicas = replicasOf(target);
        const asked = boundsOf(autoscaler);
        if (replicas !== 0 && !isWithin(asked, replicas)) yield `${targetOf(autoscaler)} wants ${replicas}, where ${asked.min} to ${asked.max} are allowed`;
        const { currentReplicas = 0, desiredReplicas } = autoscaler.status as AutoscalerStatus | undefined ?? {}; // a HorizontalPodAutoscaler
        if (currentReplicas !== replicas || (desiredReplicas !== replicas && decides(target, history))) yield `autoscaler ${namespace}/${name} says that ${currentReplicas} are there and ${desiredReplicas ?? 'none'} should be, where ${replicas} are wanted`;
      }
    },
  };
}

/** Where no pod runs, there are no metrics, and nobody says how many there should be; of none there should be none. */
function decides(target: Stored, history: History): boolean {
  const { selector: { matchLabels: { app } = {} } = {} } = target.spec as TargetSpec; // a Deployment or StatefulSet
  return replicasOf(target) === 0 || [...history.all('pods')].some(({ metadata, status }) => metadata.namespace === target.metadata.namespace && metadata.labels?.['app'] === app && status?.['phase'] === 'Running');
}

interface TargetSpec { selector?: { matchLabels?: { app?: string } } }
interface AutoscalerStatus { currentReplicas?: number; desiredReplicas?: number }
interface AutoscalerSpec { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number }

function refOf({ spec }: Stored): AutoscalerSpec['scaleTargetRef'] { return (spec as unknown as AutoscalerSpec).scaleTargetRef; } // a HorizontalPodAutoscaler

function boundsOf({ spec }: Stored): Bounds {
  const { minReplicas = 1, maxReplicas } = spec as unknown as AutoscalerSpec; // as above
  return { min: minReplicas, max: maxReplicas };
}

function isWithin({ min, max }: Bounds, replicas: number): boolean { return replicas >= min && replicas <= max; }

function targetOf(autoscaler: Stored): string {
  const { kind, name } = refOf(autoscaler);
  return shown(TARGETS[kind] ?? kind, { namespace: autoscaler.metadata.namespace ?? '', name });
}

function shown(resource: string, { namespace = '', name }: { namespace?: string; name: string }): string { return `${resource} ${namespace}/${name}`; }

function replicasOf({ spec }: Stored): number { return Number(spec?.['replicas'] ?? 1); }
