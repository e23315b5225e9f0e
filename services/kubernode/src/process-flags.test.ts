import { layoutOf, planProcesses, resolveConfig, type GivenClusterOptions, type ProcessSpec } from '@kubernode/cli';
import { parseOptions } from '@kubernode/component-base';
import { commandTable } from './command-table.ts';

const nothingGiven: GivenClusterOptions = {
  name: undefined, 'secure-port': undefined, replicas: undefined, nodes: undefined, 'simulated-nodes': undefined, etcd: undefined, 'etcd-servers': undefined,
  'token-auth-file': undefined, 'service-cluster-ip-range': undefined, 'cluster-cidr': undefined, 'cluster-domain': undefined, 'cluster-dns': undefined, 'local-path-provisioner': undefined, v: undefined, 'certificate-lifetime': undefined, 'ca-lifetime': undefined, 'backup-every': undefined, 'backup-keep': undefined,
};

/** Every process of a cluster that has one of each kind, and what changes flags. */
function allSpecs(): readonly ProcessSpec[] {
  const config = resolveConfig({ ...nothingGiven, nodes: 2, 'simulated-nodes': 2, etcd: 3, 'token-auth-file': '/tokens.csv', 'backup-every': 3_600_000, 'backup-keep': 3, v: 2 }, undefined);
  return planProcesses({
    config, layout: layoutOf('/cluster'), nodeNames: ['host', 'host-1'], kubernode: ['node', 'kubernode.js'], advertiseAddress: '192.0.2.1',
    programs: { etcd: 'etcd', haproxy: 'haproxy', containerd: 'containerd', cniBinDir: '/opt/cni/bin' },
  });
}

/** The first of each command loads all of its code. */
const LOADING_MS = 60_000;

/** Without what puts a further node into its namespace. */
const own = allSpecs().map((spec) => (spec.command === 'nsenter' ? { ...spec, args: spec.args.slice(3) } : spec)).filter(({ args }) => args[0] === 'kubernode.js');

test('a cluster has a process of each service', () => {
  expect([...new Set(own.map(({ args }) => args[1]))].sort()).toEqual(['apiserver', 'backup', 'controller-manager', 'node', 'scheduler', 'simulated-nodes']);
});

test.each(own.map((spec) => [spec.name, spec.args.slice(1)] as const))('%s is started with flags that its command knows', async (_, [name = '', ...args]) => {
  const group = await commandTable[name]?.();
  const verb = group?.subcommands?.find((one) => one.name === args[0]);
  const { positionals } = parseOptions((verb ?? group)?.options ?? {}, verb === undefined ? args : args.slice(1)); // throws for an unknown flag or a value of the wrong kind
  expect(positionals).toEqual([]);
}, LOADING_MS);

test.each(['proxy', 'dns', 'network-policy'])('the node agent hands to its companion %s flags that it knows', async (name) => {
  const prefix = `--companion=${name}:`;
  const given = own.flatMap(({ args }) => args.filter((arg) => arg.startsWith(prefix)).map((arg) => `--${arg.slice(prefix.length)}`));
  const command = await commandTable[name]?.();
  expect(given.length).toBeGreaterThan(0);
  expect(parseOptions(command?.options ?? {}, given).positionals).toEqual([]);
}, LOADING_MS);

test('every command of the table loads under its own name', async () => {
  const names = Object.keys(commandTable);
  const loaded = await Promise.all(names.map(async (name) => commandTable[name]?.()));
  expect(loaded.map((command) => command?.name)).toEqual(names);
});
