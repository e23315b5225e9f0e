import { parseOptions } from '@kubernode/component-base';
import { layoutOf } from './layout.ts';
import { clusterOptions, resolveConfig } from './resolve-config.ts';
import { planTakeDown, type TakeDownStep } from './take-down-plan.ts';

const layout = layoutOf('/c');
const plan = (args: readonly string[], running: readonly string[] = []): readonly TakeDownStep[] => planTakeDown({
  layout, config: resolveConfig(parseOptions(clusterOptions, args).options, undefined), hostAddress: '192.0.2.1',
  running: running.map((name, i) => ({ name, identity: { pid: i + 1, startTicks: '1' } })),
});

function show(step: TakeDownStep): string {
  switch (step.kind) {
    case 'stopProcess': return `stop ${step.process.name} within ${step.patienceMs / 1000} s`;
    case 'removePods': return `pods of ${step.places.map(({ node }) => node).join()}`;
    case 'deleteLink': return `link ${step.link}`;
    case 'removeNamespaces': return `namespaces of ${step.bridge?.name ?? 'no bridge'}`;
    case 'restoreHostNetwork': return `network as in ${step.manifest}`;
    case 'unmountBelow': return `mounts below ${step.folder}`;
    case 'forgetInKubeconfig': return 'context';
    case 'removeFolder': return `folder ${step.folder}`;
  }
}

test('planTakeDown stops the supervisor, which would start the others again, before all else', () => {
  expect(plan(['--nodes=0'], ['apiserver-0', 'etcd-0', 'supervisor']).map(show)).toEqual([
    'stop supervisor within 40 s', 'stop apiserver-0 within 10 s', 'stop etcd-0 within 10 s', 'mounts below /c', 'context', 'folder /c/run',
  ]);
});

test.each([
  ['its only node', ['--nodes=1'], ['pods of 0', 'link kn6443-0', 'link kn6443-0v', 'namespaces of no bridge', 'network as in /c/run/host-before.json', 'mounts below /c', 'folder /c/nodes/0/run', 'context', 'folder /c/run']],
  ['further nodes', ['--nodes=2'], ['pods of 0,1', 'link kn6443-0', 'link kn6443-0v', 'namespaces of kn6443', 'network as in /c/run/host-before.json', 'mounts below /c', 'folder /c/nodes/0/run', 'folder /c/nodes/1/run', 'context', 'folder /c/run']],
])('planTakeDown removes what %s used once nothing runs there', (_, args, steps) => { expect(plan(args).map(show)).toEqual(steps); });
