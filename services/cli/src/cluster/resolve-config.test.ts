import { parseOptions, UsageError } from '@kubernode/component-base';
import type { ClusterConfig } from './cluster-config.ts';
import { clusterOptions, resolveConfig } from './resolve-config.ts';

const resolve = (args: readonly string[], stored?: ClusterConfig): ClusterConfig => resolveConfig(parseOptions(clusterOptions, args).options, stored);

test('resolveConfig gives a new cluster its defaults', () => {
  expect(resolve([])).toMatchObject({ name: 'kubernode', securePort: 6443, replicas: 3, nodes: 1, simulatedNodes: 0, etcdMembers: 1, etcdServers: [], serviceCidr: '10.96.0.0/12', verbosity: 0 });
});

test('resolveConfig keeps what a cluster had unless it is told otherwise', () => {
  const stored = resolve(['--replicas=2', '--name=mine', '--etcd=3', '--token-auth-file=/t']);
  expect(resolve([], stored)).toEqual(stored);
  expect(resolve(['--replicas=5', '--nodes=0'], stored)).toEqual({ ...stored, replicas: 5, nodes: 0 });
});

test('resolveConfig goes on with backups until they are turned off', () => {
  const stored = resolve(['--backup-every=12h', '--backup-keep=3']);
  expect(resolve([], stored)).toMatchObject({ backupEveryMs: 43_200_000, backupKeep: 3 });
  expect(resolve(['--backup-every=0s'], stored)).not.toHaveProperty('backupEveryMs');
});

test('resolveConfig runs no etcd of its own beside one that is given', () => {
  expect(resolve(['--etcd-servers=http://a:1,http://b:2'])).toMatchObject({ etcdMembers: 0, etcdServers: ['http://a:1', 'http://b:2'] });
});

test.each([
  [['--secure-port=0'], 'invalid value "0" for --secure-port: want 1 to 55000'],
  [['--replicas=10'], '--replicas: want 1 to 9'],
  [['--nodes=10'], '--nodes: want 0 to 9'],
  [['--simulated-nodes=-1'], '--simulated-nodes: want 0 to 5000'],
  [['--etcd=2'], '--etcd: want 1, 3 or 5'],
  [['--cluster-cidr=fd00::/64'], '--cluster-cidr: want an IPv4 range'],
  [['--backup-every=10s'], '--backup-every: want at least 1m, or 0s for never'],
  [['--backup-keep=0'], '--backup-keep: want 1 to 1000'],
  [['--name=Not_a_name'], '--name: want lower-case letters'],
])('resolveConfig refuses %j', (args, message) => {
  expect(() => resolve(args)).toThrow(UsageError);
  expect(() => resolve(args)).toThrow(message);
});

test.each([['--etcd=3', 'their number cannot change'], ['--service-cluster-ip-range=10.0.0.0/16', 'the range cannot change']])('resolveConfig refuses %s for a cluster that has data', (arg, message) => {
  expect(() => resolve([arg], resolve([]))).toThrow(message);
});
