// A cluster of several machines, each with systemd and sshd, through its whole life: deployed (and interrupted on the way), upgraded under load, rolled
// back, grown, mended, shrunk, and removed without a trace.
import { spawn } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kubernodeCommand, root } from '../framework/cluster.ts';
import { Machines, withSbin } from '../framework/machines.ts';
import { eventually, run, start, type Result } from '../framework/run.ts';

interface Described { name: string; number: number; roles: readonly string[] }

const machines = new Machines('kne2e', '198.19.7');
const described = new Map<string, Described>([
  ['lb', { name: 'lb', number: 11, roles: ['loadBalancer'] }],
  ['c1', { name: 'c1', number: 12, roles: ['etcd', 'controlPlane'] }],
  ['c2', { name: 'c2', number: 13, roles: ['etcd', 'controlPlane'] }],
  ['e3', { name: 'e3', number: 14, roles: ['etcd'] }],
  ['n1', { name: 'n1', number: 15, roles: ['node'] }],
  ['n2', { name: 'n2', number: 16, roles: ['node'] }],
]);
const later: readonly Described[] = [{ name: 'n3', number: 17, roles: ['node'] }, { name: 'e4', number: 18, roles: ['etcd'] }];
const file = path.join(machines.dir, 'cluster.yaml');
const kubeconfig = path.join(machines.dir, 'prod.state/admin.kubeconfig');
const pristine = new Map<string, string>();

/** Everything on a machine that a cluster could leave there: a line a thing. */
const TRACES = `export PATH=/usr/sbin:/sbin:$PATH; {
find /etc /opt /var/lib /var/log /var/tmp /usr/local /run /tmp /root -xdev \\( -path /run/systemd -o -path /run/log -o -path /run/user -o -path /var/lib/systemd -o -name 'systemd-private-*' \\) -prune -o -print | grep -v '^/etc/machine-id$'
cat /etc/passwd /etc/group; systemctl list-units --all --plain --no-legend 'kube*' 'etcd*' 'containerd*'
ip -o link | cut -d: -f2; ip route; ip rule; ip netns; ipset list -name; nft list tables | grep -i kube
for save in iptables-nft-save iptables-legacy-save ip6tables-nft-save ip6tables-legacy-save; do $save 2>/dev/null | grep '^:\\|^-A' | sed 's/ \\[.*//' | grep -v '^:\\(PREROUTING\\|INPUT\\|FORWARD\\|OUTPUT\\|POSTROUTING\\) ACCEPT'; done
sysctl -a --pattern '^net\\.(ipv[46]\\.(ip_forward|conf)|bridge|netfilter\\.nf_conntrack_(max|tcp|udp))' 2>/dev/null
cut -d' ' -f5 /proc/self/mountinfo; find /sys/fs/cgroup -maxdepth 3 -name '*kube*'
ps -eo comm= | grep -E 'kubernode|etcd|containerd|haproxy|node$'; } | sort -u`;

function writeCluster(bundle: string, etcdLogLevel = 'warn'): void {
  const lines = [...described.values()].map(({ name, number, roles }) => `    - {name: ${name}, address: ${machines.address(number)}, roles: [${roles.join(', ')}]}`);
  writeFileSync(file, `apiVersion: deploy.kubernode.io/v1\nkind: Cluster\nmetadata: {name: prod}\nspec:\n  bundle: ${bundle}.tar\n  ssh: {keyFile: id, knownHostsFile: known_hosts}\n  machines:\n${lines.join('\n')}\n  values:\n    containerd: {restrictOomScore: true}\n    extraArgs: {etcd: {log-level: ${etcdLogLevel}}}\n`);
}

function deploy(...args: readonly string[]): Promise<Result> {
  return machines.operate(kubernodeCommand, ['deploy', '-f', file, ...args], { env: { HOME: machines.dir }, timeoutMs: 500_000 });
}

async function deployed(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await deploy(...args);
  if (status !== 0) throw new Error(`deploy: ${stdout}${stderr}`);
  return stdout;
}

async function kubectl(args: string, input?: string): Promise<string> {
  const { status, stdout, stderr } = await machines.operate('kubectl', args.split(' '), { env: { KUBECONFIG: kubeconfig, HOME: machines.dir }, ...(input !== undefined && { input }) });
  if (status !== 0) throw new Error(`kubectl ${args}: ${stderr}`);
  return stdout;
}

const readyNodes = async (): Promise<string[]> => (await kubectl('get nodes --no-headers')).split('\n').filter((line) => / Ready /.test(line) || / Ready,/.test(line)).map((line) => line.split(' ')[0] ?? '').sort();
const versionOf = async (name: string): Promise<string> => (await machines.on(name, 'readlink /opt/kubernode/current')).trim();
const members = async (): Promise<string[]> => (await machines.on('c1', '$(ls -d /opt/kubernode/programs/etcd-*/etcdctl) --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd-ca.crt --cert=/etc/kubernetes/pki/etcd.crt --key=/etc/kubernetes/pki/etcd.key member list')).trim().split('\n').map((line) => line.split(', ')).map(([, state, name, , , learner]) => `${name} ${state} ${learner}`).sort();

beforeAll(async () => {
  await machines.setUp();
  for (const version of ['v1', 'v2']) {
    const { status, stderr } = await run(kubernodeCommand, ['bundle', `--version=${version}`, `--output=${path.join(machines.dir, version)}.tar`], { timeoutMs: 240_000 });
    if (status !== 0) throw new Error(`bundle: ${stderr}`);
  }
  for (const { name, number } of described.values()) {
    await machines.start(name, number);
    pristine.set(name, await machines.on(name, TRACES));
  }
}, 480_000);

afterAll(async () => { await machines[Symbol.asyncDispose](); }, 120_000);

test('a dry run says all that would be done and does nothing', async () => {
  writeCluster('v1');
  const { status, stdout } = await deploy('--dry-run');
  expect([status, stdout]).toEqual([3, expect.stringContaining('etcd: begin with c1, c2, e3')]);
  expect(await machines.on('c1', TRACES)).toBe(pristine.get('c1'));
}, 120_000);

test('a deploy that was killed on the way is taken up by the next one; then nothing is left to do', async () => {
  const child = spawn('ip', ['netns', 'exec', machines.operatorNamespace, kubernodeCommand, 'deploy', '-f', file], { env: { ...process.env, NODE_OPTIONS: '', HOME: machines.dir }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.once('close', resolve); });
  child.stdout.setEncoding('utf8').on('data', (text: string) => { if (text.includes('etcd: begin')) child.kill('SIGKILL'); });
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  expect(await deployed()).toContain('prod is at v1');
  expect(await readyNodes()).toEqual(['n1', 'n2']);
  expect(await deploy('--dry-run')).toMatchObject({ status: 0, stdout: 'Nothing is to be done.\n' });
}, 600_000);

test('pods run on the nodes, and keys are readable by root alone', async () => {
  const pod = { containers: [{ name: 'pause', image: 'localhost/kubernode-pause:1', imagePullPolicy: 'Never' }] };
  await kubectl('apply -f -', JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'pause' }, spec: { replicas: 4, selector: { matchLabels: { app: 'pause' } }, template: { metadata: { labels: { app: 'pause' } }, spec: pod } } }));
  await kubectl('rollout status deployment/pause --timeout=90s');
  expect(new Set((await kubectl('get pods -l app=pause -o jsonpath={.items[*].spec.nodeName}')).split(' '))).toEqual(new Set(['n1', 'n2']));
  expect(await machines.on('c1', "find /etc/kubernetes -name '*.key' ! -perm 600; find /etc/kubernetes -name '*.conf' ! -perm 600; ps -eo args= | grep '[P]RIVATE KEY' || true")).toBe('');
}, 240_000);

interface Steady { succeeded: number; events: number; watches: number; connections: number; sentAgain: number; longestMs: number; failed: string[] }

/** What eight clients met while something was done: each request's answer, each event in its order. */
async function underLoad(work: () => Promise<void>): Promise<Steady> {
  const clients = start('ip', ['netns', 'exec', machines.operatorNamespace, process.execPath, path.join(root, 'test-e2e/testdata/steady-clients.mjs'), kubeconfig], withSbin);
  try { await work(); } finally { await clients.stop(); }
  if (!clients.output().startsWith('{')) throw new Error(clients.output());
  const steady = JSON.parse(clients.output()) as Steady; // what the script prints
  expect(steady.failed).toEqual([]);
  expect([steady.succeeded > 100, steady.events > 100]).toEqual([true, true]);
  return steady;
}

test('an upgrade rolls through under load without a failed request, and so does the way back', async () => {
  writeCluster('v2');
  await underLoad(async () => { expect(await deployed()).toContain('prod is at v2'); });
  expect(await Promise.all([...described.keys()].map(versionOf))).toEqual([...described.keys()].map(() => 'v2'));
  await underLoad(async () => { expect(await deployed('--rollback')).toContain('prod is at v1'); });
  expect(await versionOf('c2')).toBe('v1');
  expect((await kubectl('get pods -l app=pause --no-headers')).match(/ Running +0 /g)?.length).toBe(4); // no container was started again
}, 800_000);

test("etcd's members take up other flags one after the other, without a failed request", async () => {
  writeCluster('v1', 'error');
  await underLoad(async () => { expect(await deployed()).toMatch(/restart c1[\s\S]*restart c2[\s\S]*restart e3/); });
  expect(await machines.on('e3', 'tr "\\0" " " </proc/$(pgrep -x etcd)/cmdline')).toContain('--log-level=error');
}, 400_000);

test('a node is added, and a dead member of etcd is replaced', async () => {
  await machines.powerOff('e3');
  described.delete('e3');
  for (const one of later) {
    described.set(one.name, one);
    await machines.start(one.name, one.number);
    pristine.set(one.name, await machines.on(one.name, TRACES));
  }
  writeCluster('v1', 'error');
  await deployed();
  expect(await members()).toEqual(['c1 started false', 'c2 started false', 'e4 started false']);
  expect(await readyNodes()).toEqual(['n1', 'n2', 'n3']);
}, 600_000);

test('a replica of the control plane comes and goes without a failed request, and leaves nothing', async () => {
  const replica = { name: 'c3', number: 20, roles: ['controlPlane'] };
  await machines.start(replica.name, replica.number);
  const before = await machines.on('c3', TRACES);
  await underLoad(async () => {
    described.set('c3', replica);
    writeCluster('v1', 'error');
    expect(await deployed()).toContain('API servers on c3');
    described.delete('c3');
    writeCluster('v1', 'error');
    expect(await deployed()).toContain('c3 leaves');
  });
  expect(await machines.on('c3', TRACES)).toBe(before);
  await machines.powerOff('c3');
}, 480_000);

test('a machine joins as a node by a token, without the operator, and uninstalls itself', async () => {
  await machines.start('j5', 19);
  copyFileSync(path.join(machines.dir, 'v1.tar'), path.join(machines.rootOf('j5'), 'root/bundle.tar'));
  const before = await machines.on('j5', TRACES);
  const made = await machines.operate(kubernodeCommand, ['token', 'create', '--print-join-command'], { env: { KUBECONFIG: kubeconfig, HOME: machines.dir } });
  const [, server, id, hash] = /^kubernode join --server (\S+) --token ([a-z0-9]{6})\.[a-z0-9]{16} --ca-cert-hash sha256:([0-9a-f]{64})\n$/.exec(made.stdout) ?? [];
  expect([made.stderr, server]).toEqual(['', `https://${machines.address(11)}:6443`]);
  const join = (pinned = ''): Promise<string> => machines.on('j5', `/opt/kubernode/current/bin/${made.stdout.trim().replace(hash ?? '', pinned)}`);
  await machines.on('j5', 'cd /root && tar -xOf bundle.tar install.sh | sh -s bundle.tar');
  await eventually('a signed cluster-info', async () => (await kubectl('get configmap cluster-info -n kube-public -o jsonpath={.data}')).includes(`jws-kubeconfig-${id ?? ''}`), 60_000);
  await expect(join('0'.repeat(64))).rejects.toThrow("the cluster's authority is not the one of --ca-cert-hash");
  expect(await join(hash)).toContain('This machine is a node now');
  await eventually('the node j5', async () => (await readyNodes()).includes('j5'), 60_000);
  await machines.on('j5', '/opt/kubernode/current/bin/kubernode uninstall --purge');
  await kubectl('delete node j5');
  expect(await machines.on('j5', TRACES)).toBe(before);
  await machines.powerOff('j5');
}, 400_000);

test('a node that leaves is drained first, and nothing stays on its machine', async () => {
  described.delete('n1');
  writeCluster('v1', 'error');
  await deployed('--purge');
  expect(await readyNodes()).toEqual(['n2', 'n3']);
  await kubectl('rollout status deployment/pause --timeout=60s');
  expect(new Set((await kubectl('get pods -l app=pause -o jsonpath={.items[*].spec.nodeName}')).split(' '))).not.toContain('n1');
  expect(await machines.on('n1', TRACES)).toBe(pristine.get('n1'));
}, 400_000);

test('uninstall leaves nothing on any machine', async () => {
  await deployed('--uninstall', '--purge');
  for (const name of described.keys()) await eventually(`a clean ${name}`, async () => { expect(await machines.on(name, TRACES)).toBe(pristine.get(name)); return true; }, 10_000);
  rmSync(path.join(machines.dir, 'prod.state'), { recursive: true });
}, 400_000);
