import { coordinationV1Resources, coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, nothingToDo, ownKey, watch, type Controller, type Watch } from '@kubernode/controller';
import { labelActions } from './node-labels.ts';
import { monitorNodes, nothingKnown, type ClusterView, type MonitorOptions, type MonitorOutcome, type MonitorState } from './monitor-nodes.ts';
import { readyConditionOf, taintActions, withNoScheduleTaints } from './node-taints.ts';
import { notReadyActions } from './pods-not-ready.ts';

type Node = Readonly<coreV1.Node>;
type Pod = Readonly<coreV1.Pod>;

export interface NodeLifecycleOptions extends MonitorOptions {
  clock: Clock;
  /** Told of each look at all nodes, and how long it took. */
  onLook?: (outcome: MonitorOutcome, seconds: number) => void;
}

const COMPONENT = 'node-controller';
const LEASES = 'kube-node-lease';
const ALL = 'all';

const { nodes, pods } = coreV1Resources;
const { leases } = coordinationV1Resources;

/** The three loops that watch over nodes: taints and labels node by node; health, all nodes at once; and pods that come to a node that is not well. */
export function nodeLifecycleControllers({ clock, onLook, ...options }: NodeLifecycleOptions): Controller[] {
  const memory = { state: nothingKnown };
  return [nodeTaintController, nodeMonitorController(memory, { clock, options, onLook }), assignedPodController(memory)];
}

/** Keeps pods away from nodes whose conditions say so. */
const nodeTaintController: Controller = controller<Node>({
  name: 'node_lifecycle_controller',
  component: COMPONENT,
  workers: 8,
  watches: [watch({ resource: nodes, keys: ownKey })],
  read: (key, listers) => listers.of(nodes).get(key),
  reconcile: (node, nowMs) => ({ actions: [...taintActions(node, withNoScheduleTaints(node, nowMs)), ...labelActions(node)] }),
});

interface Memory { state: MonitorState }

/** Looks when a node's readiness turns, and a period after any other sign of life: that any came is what it waits for. */
function nodeMonitorController(memory: Memory, { clock, options, onLook }: { clock: Clock; options: MonitorOptions; onLook: NodeLifecycleOptions['onLook'] }): Controller {
  return controller<ClusterView>({
    name: 'node_lifecycle_controller_health',
    retry: { retryDelayMaxMs: options.periodMs },
    component: COMPONENT,
    workers: 1,
    watches: [
      watch({ resource: nodes, keys: () => [ALL], batchMs: ({ object, previous }) => (readiness(object) === readiness(previous) ? options.periodMs : 0) }),
      watch({ resource: leases, keys: ({ object }) => (object?.metadata.namespace === LEASES ? [ALL] : []), batchMs: () => options.periodMs }),
      podWatch(() => []),
    ],
    read: (_key, listers) => ({
      nodes: listers.of(nodes).list(),
      leaseOf: (name) => listers.of(leases).get(`${LEASES}/${name}`),
      podsOn: (name) => listers.of(pods).byIndex('nodeName', name),
    }),
    reconcile(view, nowMs) {
      const monotonicMs = clock.monotonicNow();
      const outcome = monitorNodes(memory.state, view, { nowMs, monotonicMs }, options);
      const seconds = (clock.monotonicNow() - monotonicMs) / 1000;
      return { actions: [{ do: 'remember', note: () => { memory.state = outcome.state; onLook?.(outcome, seconds); } }, ...outcome.actions], againAfterMs: outcome.againAfterMs };
    },
  });
}

/** A pod that comes to a node which is known not to be ready. */
function assignedPodController(memory: Memory): Controller {
  return controller<{ pod: Pod; node: Node }>({
    name: 'node_lifecycle_controller_pods',
    component: COMPONENT,
    workers: 4,
    watches: [podWatch((pod, previous) => (pod.spec?.nodeName !== undefined && pod.spec.nodeName !== previous?.spec?.nodeName ? [`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`] : []))],
    read(key, listers) {
      const pod = listers.of(pods).get(key);
      const node = listers.of(nodes).get(pod?.spec?.nodeName ?? '');
      return pod === undefined || node === undefined || !memory.state.nodes.has(node.metadata.name) ? undefined : { pod, node };
    },
    reconcile({ pod, node }, nowMs) {
      const ready = readyConditionOf(node);
      return ready === undefined || ready.status === 'True' ? nothingToDo : { actions: notReadyActions(pod, nowMs) };
    },
  });
}

function podWatch(keys: (pod: Pod, previous: Pod | undefined) => string[]): Watch {
  return watch({ resource: pods, indexes: { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) }, keys: ({ object, previous }) => (object === undefined ? [] : keys(object, previous)) });
}

/** A node that is not there has none. */
function readiness(node: Node | undefined): string | undefined { return node === undefined ? undefined : readyConditionOf(node)?.status ?? 'unheard'; }
