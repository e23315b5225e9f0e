import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { renderHaproxyConfig } from '../cluster/haproxy-config.ts';
import { endingFlags } from '../cluster/process-plan.ts';
import type { BundleManifest } from './bundle-manifest.ts';
import { parseClusterFile } from './cluster-file.ts';
import type { HostDocument } from './host-document.ts';
import { chartValues, renderHosts } from './render-hosts.ts';

const chartDir = path.join(import.meta.dirname, '../../../../charts/kubernode');
const bundle: BundleManifest = { formatVersion: 1, version: 'v1', arch: 'x86_64', parts: [{ name: 'etcd', dir: 'programs/etcd-1', archive: 'etcd-1.tar.gz', sha256: 'a' }] };
const inventory = parseClusterFile(`apiVersion: deploy.kubernode.io/v1
kind: Cluster
metadata: {name: prod}
spec:
  bundle: b.tar
  machines:
    - {name: lb, address: 192.0.2.1, roles: [loadBalancer]}
    - {name: c1, address: 192.0.2.2, roles: [etcd, controlPlane]}
    - {name: c2, address: 192.0.2.3, roles: [controlPlane]}
    - {name: n1, address: 192.0.2.4, roles: [node], labels: {zone: a}, taints: ["gpu:NoSchedule"]}
  values:
    extraArgs: {apiServer: {max-requests-inflight: 800}}
`, '/x/cluster.yaml');
const rendered = renderHosts(chartValues(inventory, bundle), chartDir, { clock: systemClock, rng: seededRng(1) });
const host = async (name: string): Promise<HostDocument> => {
  const found = (await rendered).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
};
const fileOf = (document: HostDocument, file: string): string => document.files.find((one) => one.path === file)?.content ?? '';

test('each host has the units of its roles', async () => {
  expect((await rendered).map(({ name, units }) => [name, units.map((unit) => unit.name.replace(/kubernode-|\.service/g, ''))])).toEqual([
    ['lb', ['haproxy']], ['c1', ['etcd', 'apiserver', 'scheduler', 'controller-manager']], ['c2', ['apiserver', 'scheduler', 'controller-manager']], ['n1', ['containerd', 'node']],
  ]);
});

test('keys are for root alone, and come from the pki folder, never from the chart', async () => {
  const files = (await rendered).flatMap((one) => one.files);
  expect(files.filter((file) => file.path.endsWith('.key')).every((file) => file.mode === 0o600 && file.content === undefined)).toBe(true);
  expect(files.filter((file) => file.path.endsWith('.conf')).every((file) => file.mode === 0o600)).toBe(true);
  expect((await host('lb')).files.map((file) => file.path)).toEqual(['/etc/kubernetes/pki/ca.crt', '/etc/kubernode/haproxy.cfg']);
});

test('HAProxy knows each API server, checked and as a last resort', async () => {
  expect(fileOf(await host('lb'), '/etc/kubernode/haproxy.cfg').split('\n').filter((line) => line.includes('server c1'))).toEqual([
    '  server c1 192.0.2.2:6444 check port 6444', '  server c1-unchecked 192.0.2.2:6444 backup', '  server c1 192.0.2.2:6445 check port 6444', '  server c1-unchecked 192.0.2.2:6445 backup',
  ]);
});

/** A configuration of HAProxy by section, each line trimmed. */
function sections(config: string): Map<string, string[]> {
  const lines = config.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) if (/^(global|defaults|frontend|backend)\b/.test(line)) found.set(line, current = []); else current.push(line);
  return found;
}

test.each([1, 3])("deploy's HAProxy and that of up agree in backends, checks and time limits: %d replicas", async (replicas) => {
  const names = Array.from({ length: replicas }, (_, i) => `apiserver-${i}`);
  const machines = names.map((name, i) => ({ name, address: `192.0.2.${i + 1}`, roles: [...(i === 0 ? ['loadBalancer', 'etcd'] : []), 'controlPlane'], ssh: inventory.machines[0]?.ssh, labels: {}, taints: [] })) as typeof inventory.machines;
  const documents = await renderHosts(chartValues({ ...inventory, machines, endpoint: '192.0.2.1' }, bundle), chartDir, { clock: systemClock, rng: seededRng(1) });
  const deployed = sections(documents[0]?.files.find((one) => one.path === '/etc/kubernode/haproxy.cfg')?.content ?? '');
  const ports = { front: 6443, frontGrpc: 6446, haproxyMetrics: 8404, apiserver: () => ({ https: 6444, grpc: 6445 }) };
  const local = sections(renderHaproxyConfig({ ports, replicas, bindAddress: '', replicaAddress: (i) => `192.0.2.${i + 1}` }));
  expect([...deployed.keys()]).toEqual([...local.keys()]);
  for (const one of ['defaults', 'frontend https', 'frontend grpc', 'backend apiservers', 'backend apiservers-grpc']) expect([one, deployed.get(one)]).toEqual([one, local.get(one)]);
});

test('an API server ends as one of up', async () => {
  for (const flag of endingFlags) expect(fileOf(await host('c1'), '/etc/kubernode/apiserver.env')).toContain(flag);
});

test("Prometheus finds processes under the job names of the monitoring chart's rules", async () => {
  const machines = inventory.machines.map((one) => ({ ...one, roles: [...one.roles, 'monitoring' as const] }));
  const documents = await renderHosts(chartValues({ ...inventory, machines }, bundle), chartDir, { clock: systemClock, rng: seededRng(1) });
  const groups = documents.flatMap((document) => JSON.parse(fileOf(document, '/etc/kubernode/prometheus-targets.json')) as { targets: string[]; labels: Record<string, string> }[]);
  const rules = path.join(chartDir, '../monitoring/rules');
  const wanted = readdirSync(rules).filter((name) => name.endsWith('.yaml')).flatMap((name) => [...readFileSync(path.join(rules, name), 'utf8').matchAll(/job="([-a-z]+)"/g)].map((match) => match[1]));
  expect([...new Set(groups.map(({ labels }) => labels['job']))]).toEqual(expect.arrayContaining([...new Set(wanted)]));
  expect(groups.slice(0, 2)).toEqual([
    { targets: ['192.0.2.2:6444', '192.0.2.3:6444'], labels: { job: 'kube-apiserver', __scheme__: 'https', __metrics_path__: '/metrics', metrics_path: '/metrics', cluster: 'prod' } },
    { targets: ['192.0.2.4:10250'], labels: { job: 'kubelet', __scheme__: 'https', __metrics_path__: '/metrics', metrics_path: '/metrics', cluster: 'prod' } },
  ]);
  expect(groups.find(({ labels }) => labels['job'] === 'etcd')).toEqual({ targets: ['127.0.0.1:2381'], labels: { job: 'etcd', __metrics_path__: '/metrics', metrics_path: '/metrics', cluster: 'prod', instance: '192.0.2.2:2381' } });
});

test('flags follow from the inventory, with those of the user last', async () => {
  expect(fileOf(await host('c2'), '/etc/kubernode/apiserver.env')).toMatch(/^APISERVER_ARGS=".* --etcd-servers=https:\/\/192\.0\.2\.2:2379 .* --max-requests-inflight=800"$/m);
  expect(fileOf(await host('n1'), '/etc/kubernode/node.env')).toMatch(/--hostname-override=n1 --node-ip=192\.0\.2\.4 .* --node-labels=zone=a --register-with-taints=gpu:NoSchedule /);
  expect((await host('c1')).units[0]?.content).toContain('ExecStart=/opt/kubernode/programs/etcd-1/etcd $ETCD_ARGS\n');
});

test('values that the chart does not know are refused with a sentence', async () => {
  await expect(renderHosts({ ...chartValues(inventory, bundle), verbosty: 1 }, chartDir, { clock: systemClock, rng: seededRng(1) })).rejects.toThrow(/cannot be rendered with this cluster's values: .*verbosty/s);
});
