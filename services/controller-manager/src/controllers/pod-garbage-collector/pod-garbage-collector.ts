import { isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import { controller, watch, type Controller, type Reach } from '@kubernode/controller';
import { collectPods, type PodGarbageOptions, type PodGarbageSnapshot } from './collect-pods.ts';
import { MissingNodes } from './missing-nodes.ts';

type Snapshot = PodGarbageSnapshot & { overdue: readonly string[] };

const PERIOD_MS = 20_000;
const ALL = 'all';

const { nodes, pods } = coreV1Resources;

/** Looks at all pods now and then: what it waits for brings no event. */
export function podGarbageCollector({ clock, ...options }: PodGarbageOptions & { clock: Clock }): Controller {
  const missing = new MissingNodes();
  let begun = false;
  return controller<Snapshot>({
    name: 'pod-garbage-collector',
    retry: { retryDelayMaxMs: PERIOD_MS },
    component: 'pod-garbage-collector',
    workers: 1,
    watches: [
      watch({ resource: pods, keys: () => (begun ? [] : [ALL]) }), // from then on it looks by itself
      watch({ resource: nodes, keys: () => [] }),
    ],
    read(_key, listers) {
      begun = true;
      const all = listers.of(pods).list();
      const nodeOf = (name: string): Readonly<coreV1.Node> | undefined => listers.of(nodes).get(name);
      const absent = all.flatMap(({ spec }) => (spec?.nodeName === undefined || spec.nodeName === '' || nodeOf(spec.nodeName) !== undefined ? [] : [spec.nodeName]));
      return { pods: all, nodeOf, overdue: missing.overdue(new Set(absent), clock.monotonicNow()), goneNodes: new Set() };
    },
    ask: async (snapshot, reach) => ({ ...snapshot, goneNodes: new Set(await unknownToServer(snapshot.overdue, reach)) }),
    reconcile: (snapshot, nowMs) => ({ actions: [collectPods(snapshot, options, nowMs)], againAfterMs: PERIOD_MS }),
  });
}

/** A local copy may lag; a node is gone only when the server says so. */
async function unknownToServer(names: readonly string[], { client, signal }: Reach): Promise<string[]> {
  const gone: string[] = [];
  for (const name of names) {
    try { await client.get(nodes, { name }, { signal }); } catch (error) {
      if (!isNotFound(error)) throw error;
      gone.push(name);
    }
  }
  return gone;
}
