import type { appsV1, coreV1 } from '@kubernode/api';
import { setsConcernedBy } from './daemon-node-change.ts';

function set(numberMisscheduled = 0): appsV1.DaemonSet {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', uid: 'd' }, spec: { selector: {}, template: { spec: { containers: [] } } }, status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberReady: 0, numberMisscheduled } };
}

function node(effect?: string, heartbeat = ''): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', resourceVersion: heartbeat }, spec: { taints: effect === undefined ? [] : [{ key: 'k', effect }] } };
}

test.each<[string, coreV1.Node | undefined, coreV1.Node | undefined, { has?: boolean; misscheduled?: number }, boolean]>([
  ['a node that comes', node(), undefined, {}, true],
  ['a tainted node that comes', node('NoSchedule'), undefined, {}, false],
  ['a heartbeat', node(undefined, '2'), node(undefined, '1'), {}, false],
  ['a taint that evicts its daemon', node('NoExecute'), node(), { has: true }, true],
  ['a taint that leaves its daemon', node('NoSchedule'), node(), { has: true }, false],
  ['a taint where it has none', node('NoExecute'), node(), {}, false],
  ['a taint that is gone', node(), node('NoSchedule'), {}, true],
  ['a taint that is gone from a daemon that only stayed', node(), node('NoSchedule'), { has: true, misscheduled: 1 }, true],
  ['a node that goes', undefined, node(), { has: true }, true],
  ['a tainted node that goes', undefined, node('NoSchedule'), {}, false],
])('a DaemonSet hears of %s', (_name, now, before, { has = false, misscheduled = 0 }, want) => {
  expect(setsConcernedBy(now, before, { sets: [set(misscheduled)], ownersOn: () => new Set(has ? ['d'] : []) }).length === 1).toBe(want);
});
