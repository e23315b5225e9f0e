import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
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
    '  server c1 192.0.2.2:6444 check port 6444', '  server c1-unchecked 192.0.2.2:6444 backup', '  server c1 192.0.2.3:6445 check port 6444'.replace('.3', '.2'), '  server c1-unchecked 192.0.2.2:6445 backup',
  ]);
});

test('flags follow from the inventory, with those of the user last', async () => {
  expect(fileOf(await host('c2'), '/etc/kubernode/apiserver.env')).toMatch(/^APISERVER_ARGS=".* --etcd-servers=https:\/\/192\.0\.2\.2:2379 .* --max-requests-inflight=800"$/m);
  expect(fileOf(await host('n1'), '/etc/kubernode/node.env')).toMatch(/--hostname-override=n1 --node-ip=192\.0\.2\.4 .* --node-labels=zone=a --register-with-taints=gpu:NoSchedule /);
  expect((await host('c1')).units[0]?.content).toContain('ExecStart=/opt/kubernode/programs/etcd-1/etcd $ETCD_ARGS\n');
});

test('values that the chart does not know are refused with a sentence', async () => {
  await expect(renderHosts({ ...chartValues(inventory, bundle), verbosty: 1 }, chartDir, { clock: systemClock, rng: seededRng(1) })).rejects.toThrow(/cannot be rendered with this cluster's values: .*verbosty/s);
});
