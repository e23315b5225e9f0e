import type { ClusterConfig } from './cluster-config.ts';
import { layoutOf } from './layout.ts';
import { etcdEndpoints, planProcesses, type PlanInput } from './process-plan.ts';
import { clusterOptions, resolveConfig } from './resolve-config.ts';
import { parseOptions } from '@kubernode/component-base';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

const configOf = (...args: string[]): ClusterConfig => resolveConfig(parseOptions(clusterOptions, args).options, undefined);

const plan = (config: ClusterConfig): readonly ProcessSpec[] => planProcesses(inputOf(config));

function inputOf(config: ClusterConfig): PlanInput {
  return {
    config, layout: layoutOf('/c'), nodeNames: ['host', 'host-1', 'host-2'].slice(0, config.nodes), kubernode: ['node', 'kubernode.js'], advertiseAddress: '192.0.2.1',
    programs: { etcd: '/bin/etcd', haproxy: '/bin/haproxy', containerd: '/bin/containerd', cniBinDir: '/opt/cni/bin' },
  };
}

const namesByStage = (specs: readonly ProcessSpec[]): string[] => [0, 1, 2].map((stage) => specs.filter((spec) => spec.stage === stage).map(({ name }) => name).join(' '));

test.each([
  [[], ['etcd-0 containerd-0', 'apiserver-0 apiserver-1 apiserver-2 haproxy', 'scheduler-0 scheduler-1 controller-manager-0 controller-manager-1 node-0']],
  [['--replicas=1', '--nodes=0', '--simulated-nodes=5', '--etcd=3'], ['etcd-0 etcd-1 etcd-2', 'apiserver-0 haproxy', 'scheduler-0 scheduler-1 controller-manager-0 controller-manager-1 simulated-nodes']],
  [['--replicas=1', '--nodes=2'], ['etcd-0 containerd-0 containerd-1', 'apiserver-0 haproxy', 'scheduler-0 scheduler-1 controller-manager-0 controller-manager-1 node-0 node-1']],
  [['--replicas=1', '--nodes=0', '--etcd-servers=http://e:1'], ['', 'apiserver-0 haproxy', 'scheduler-0 scheduler-1 controller-manager-0 controller-manager-1']],
  [['--replicas=1', '--nodes=0', '--backup-every=12h'], ['etcd-0', 'apiserver-0 haproxy', 'scheduler-0 scheduler-1 controller-manager-0 controller-manager-1 backup']],
])('planProcesses for %j', (args, stages) => { expect(namesByStage(plan(configOf(...args)))).toEqual(stages); });

test('planProcesses gives each process a name and a port to be asked of its own', () => {
  const specs = plan(configOf('--etcd=5', '--replicas=9', '--simulated-nodes=1'));
  expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
  const probes = specs.map(({ ready }) => ('port' in ready ? String(ready.port) : ready.kind === 'socket' ? ready.path : ''));
  expect(new Set(probes).size).toBe(specs.length);
});

test('planProcesses runs each further node in a namespace, with an address, ports and a control group of its own', () => {
  const [first, second] = plan(configOf('--nodes=2')).filter(({ name }) => name.startsWith('node-'));
  expect([first?.command, second?.command, second?.args.slice(0, 3)]).toEqual(['node', 'nsenter', ['--net=/run/netns/kn6443-1', '--', 'node']]);
  const flags = (spec: ProcessSpec | undefined): string[] => spec?.args.filter((arg) => /^--(node-ip|cgroup-root|port|healthz-bind-address)=/.test(arg)) ?? [];
  expect([flags(first), flags(second)]).toEqual([
    ['--node-ip=198.18.0.1', '--cgroup-root=/', '--port=10250', '--healthz-bind-address=127.0.0.1'],
    ['--node-ip=198.18.0.2', '--cgroup-root=/kubernode-6443-1', '--port=10350', '--healthz-bind-address=198.18.0.2'],
  ]);
});

test('planProcesses gives each component the options for memory that the launcher gives it, and leaves V8 its own', () => {
  const optionsBefore = (option: string): Record<string, readonly string[]> => Object.fromEntries(planProcesses({ ...inputOf(configOf('--replicas=1', '--nodes=0')), kubernode: ['node', option, 'kubernode.js'] }).filter(({ command }) => command === 'node').map(({ name, args }) => [name, args.slice(0, args.indexOf('kubernode.js'))]));
  expect(optionsBefore('--max-semi-space-size=4')).toMatchObject({ 'apiserver-0': ['--max-semi-space-size=8'], 'scheduler-0': ['--max-semi-space-size=4'], 'controller-manager-0': ['--max-semi-space-size=4', '--heap-growing-percent=60'] });
  expect(optionsBefore('--no-warnings')).toMatchObject({ 'apiserver-0': ['--no-warnings'], 'scheduler-0': ['--no-warnings'], 'controller-manager-0': ['--no-warnings'] });
});

test('planProcesses leaves the certificates of an etcd that is not its own to the etcd', () => {
  const flags = (...args: string[]): string[] => plan(configOf('--replicas=1', '--nodes=0', ...args)).find(({ name }) => name === 'apiserver-0')?.args.filter((arg) => arg.startsWith('--etcd-')) ?? [];
  expect(flags('--etcd-servers=http://e:1,http://f:1')).toEqual(['--etcd-servers=http://e:1,http://f:1']);
  expect(flags()).toHaveLength(5);
});

test('etcdEndpoints are the members, or what was given', () => {
  expect(etcdEndpoints(configOf('--etcd=3'))).toEqual(['https://127.0.0.1:2379', 'https://127.0.0.1:2389', 'https://127.0.0.1:2399']);
  expect(etcdEndpoints(configOf('--etcd-servers=http://e:1'))).toEqual(['http://e:1']);
});
