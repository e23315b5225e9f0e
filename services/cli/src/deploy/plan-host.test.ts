import { desiredHost, type DesiredHost } from './desired-host.ts';
import type { BundleManifest } from './bundle-manifest.ts';
import type { HostDocument } from './host-document.ts';
import { parseObservation, type ObservedHost } from './observed-host.ts';
import { isSettled, planHost, type HostPlan } from './plan-host.ts';

const bundle: BundleManifest = {
  formatVersion: 1, version: 'v2', arch: 'x86_64',
  parts: [{ name: 'kubernode', dir: 'v2', archive: 'kubernode-v2.tar.gz', sha256: 'a' }, { name: 'etcd', dir: 'programs/etcd-1', archive: 'etcd-1.tar.gz', sha256: 'b' }, { name: 'haproxy', dir: 'programs/haproxy-1', archive: 'haproxy-1.tar.gz', sha256: 'c' }],
};
const document: HostDocument = {
  name: 'm1', address: '192.0.2.1', roles: ['loadBalancer'],
  files: [{ path: '/etc/kubernode/haproxy.cfg', mode: 0o644, content: 'frontend', once: false }, { path: '/etc/kubernetes/pki/ca.key', mode: 0o600, fromPki: 'ca.key', once: false }],
  units: [{ name: 'kubernode-haproxy.service', phase: 'loadBalancer', content: '[Service]', uses: ['/etc/kubernode/haproxy.cfg'], reloads: true, drained: false, data: [], state: [] }],
};
const desired = (change: Partial<HostDocument> = {}): DesiredHost => desiredHost({ ...document, ...change }, { bundle, readPki: () => 'secret' });
const nothing: ObservedHost = { name: 'm1', files: new Map(), units: new Map(), installed: new Set(), arch: 'x86_64', current: '', hasEtcdData: false };

/** What a host is once a plan was carried out. */
function after(plan: HostPlan, host: DesiredHost): ObservedHost {
  return {
    ...nothing, manifest: plan.manifest, current: host.version, installed: new Set(host.parts.map((part) => part.dir)),
    files: new Map(host.files.map((file) => [file.path, { sha256: file.sha256, mode: file.mode }])), units: new Map(host.units.map((unit) => [unit.name, { active: true, enabled: true, digest: unit.digest }])),
  };
}
const planOf = (host: DesiredHost, observed: ObservedHost): HostPlan => planHost({ desired: host, observed, cluster: 'prod' });
const settled = after(planOf(desired(), nothing), desired());

test('planHost brings everything to a new host, of the bundle what its roles need', () => {
  const plan = planOf(desired(), nothing);
  expect({ ...plan, writes: plan.writes.map(({ path, change }) => [change, path]), parts: plan.parts.map(({ name }) => name), units: plan.units.map(({ action, enable }) => [action, enable]) }).toMatchObject({
    isNew: true, parts: ['kubernode', 'haproxy'], removes: [], stops: [], units: [['start', true]],
    writes: [['create', '/etc/kubernode/haproxy.cfg'], ['create', '/etc/kubernetes/pki/ca.key'], ['create', '/etc/systemd/system/kubernode-haproxy.service'], ['create', '/etc/systemd/system/kubernode-haproxy.service.d/10-digest.conf']],
  });
});

test('planHost has nothing to do on a host that is as it shall be', () => {
  expect(isSettled(planOf(desired(), settled))).toBe(true);
});

test.each<[string, DesiredHost, ObservedHost, Partial<Record<'writes' | 'removes' | 'stops' | 'prunes' | 'action', unknown>>]>([
  ['reloads what can when its file changed', desired({ files: [{ ...document.files[0]!, content: 'other' }, document.files[1]!] }), settled, { action: 'reload' }],
  ['restarts what changed itself', desired({ units: [{ ...document.units[0]!, content: '[Unit]' }] }), settled, { action: 'restart' }],
  ['restarts what can not reload', desired({ files: [{ ...document.files[0]!, content: 'other' }], units: [{ ...document.units[0]!, reloads: false }] }), settled, { action: 'restart' }],
  ['reloads after an interruption between file and reload', desired(), { ...settled, units: new Map([['kubernode-haproxy.service', { active: true, enabled: true, digest: `${desired().units[0]!.digest.split(' ')[0]} old` }]]) }, { action: 'reload', writes: [] }],
  ['starts what does not run', desired(), { ...settled, units: new Map() }, { action: 'start', writes: [] }],
  ['puts back a file that somebody changed', desired(), { ...settled, files: new Map([...settled.files, ['/etc/kubernode/haproxy.cfg', { sha256: 'x', mode: 0o644 }]]) }, { writes: [['replace', '/etc/kubernode/haproxy.cfg']] }],
  ['closes a key that became readable', desired(), { ...settled, files: new Map([...settled.files, ['/etc/kubernetes/pki/ca.key', { ...settled.files.get('/etc/kubernetes/pki/ca.key')!, mode: 0o644 }]]) }, { writes: [['mode', '/etc/kubernetes/pki/ca.key']] }],
  ['removes what does not belong there any more', desired({ files: [document.files[0]!], units: [] }), settled, { removes: ['/etc/kubernetes/pki/ca.key', '/etc/systemd/system/kubernode-haproxy.service', '/etc/systemd/system/kubernode-haproxy.service.d/10-digest.conf'], stops: ['kubernode-haproxy.service'] }],
  ['never replaces a file that is put there once', desired({ files: [{ ...document.files[0]!, once: true, content: 'other' }, document.files[1]!], units: [] }), settled, { writes: [] }],
  ['keeps the version before and removes older ones', desired(), { ...settled, manifest: { ...settled.manifest!, version: 'v1', previousVersion: 'v0' }, installed: new Set(['v0', 'v1', 'v2', 'programs/haproxy-1']) }, { prunes: ['v0'] }],
])('planHost %s', (_, host, observed, expected) => {
  const plan = planOf(host, observed);
  const found = { ...plan, writes: plan.writes.filter(({ path }) => !path.startsWith('/etc/systemd')).map(({ path, change }) => [change, path]), removes: [...plan.removes].sort(), action: plan.units[0]?.action };
  expect(found).toMatchObject(expected);
});

test('parseObservation reads what a host tells of itself', () => {
  const manifest = { formatVersion: 1, cluster: 'prod', host: 'm1', version: 'v1', files: { '/etc/x': 'aa' }, units: ['kubernode-etcd.service'], data: [], state: [], isNode: false };
  expect(parseObservation('m1', `== arch\nx86_64\n== manifest\n${JSON.stringify(manifest)}\n\n== files\naa 600 /etc/x\n== units\nkubernode-etcd.service active enabled d1 -\nkubernode-node.service failed disabled none\n== etcd\ndata\n== current\nv1\n== installed\nv1\nprograms/etcd-1\n`)).toEqual({
    name: 'm1', arch: 'x86_64', manifest, files: new Map([['/etc/x', { sha256: 'aa', mode: 0o600 }]]), hasEtcdData: true, current: 'v1', installed: new Set(['v1', 'programs/etcd-1']),
    units: new Map([['kubernode-etcd.service', { active: true, enabled: true, digest: 'd1 -' }], ['kubernode-node.service', { active: false, enabled: false, digest: '' }]]),
  });
});

test('parseObservation refuses a manifest that is broken', () => {
  expect(() => parseObservation('m1', '== manifest\n{"formatVersion": 1}\n')).toThrow('m1: /var/lib/kubernode/host-manifest.json is broken');
});
