import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { replaceFileSync } from '@kubernode/component-base';
import { changedFlags, changeRunning } from './change-running.ts';
import { loadClusterConfig, saveClusterConfig } from './cluster-config.ts';
import { layoutOf } from './layout.ts';
import { clusterOptions, resolveConfig, type GivenClusterOptions } from './resolve-config.ts';

let folder = '';
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'kn-change-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });

const nothing = Object.fromEntries(Object.keys(clusterOptions).map((name) => [name, undefined])) as unknown as GivenClusterOptions; // each of the table's flags
const given = (flags: Partial<GivenClusterOptions>): GivenClusterOptions => ({ ...nothing, ...flags });
const stored = resolveConfig(nothing, undefined);

test.each<[string, Partial<GivenClusterOptions>, readonly string[]]>([
  ['nothing', {}, []], ['what it has', { nodes: 1, 'secure-port': 6443, 'backup-every': 0 }, []], ['backups', { 'backup-every': 3_600_000, 'backup-keep': 3 }, ['backup-every', 'backup-keep']],
  ['more of everything', { nodes: 2, replicas: 5, v: 2 }, ['replicas', 'nodes', 'v']], ['another etcd', { 'etcd-servers': ['http://127.0.0.1:1'] }, ['etcd-servers']],
])('changedFlags of a cluster that is given %s', (_, flags, changed) => {
  const before = flags['etcd-servers'] === undefined ? stored : resolveConfig(given({ 'etcd-servers': ['http://127.0.0.1:2'] }), undefined);
  expect(changedFlags(before, resolveConfig(given(flags), before))).toEqual(changed);
});

test('every flag of a cluster is known to changedFlags', () => {
  const other = given({
    name: 'other', 'secure-port': 7443, replicas: 1, nodes: 2, 'simulated-nodes': 1, etcd: 3, 'token-auth-file': '/t', 'service-cluster-ip-range': '10.97.0.0/16', 'cluster-cidr': '10.200.0.0/16', 'cluster-domain': 'other.local', 'cluster-dns': '10.97.0.10',
    'local-path-provisioner': true, 'certificate-lifetime': 1e9, 'ca-lifetime': 1e10, 'backup-every': 1e6, 'backup-keep': 2, v: 3,
  });
  expect([...changedFlags(stored, resolveConfig(other, undefined)), 'etcd-servers'].sort()).toEqual(Object.keys(clusterOptions).sort());
});

const change = (flags: Partial<GivenClusterOptions>): Promise<boolean> => changeRunning({ context: { clock: systemClock, signal: AbortSignal.timeout(10_000) }, layout: layoutOf(folder), stored, config: resolveConfig(given(flags), stored) });

test('changeRunning refuses in one sentence what takes effect at a start only, and changes nothing', async () => {
  await expect(change({ nodes: 2, replicas: 1, 'backup-every': 3_600_000 })).rejects.toThrow(`the cluster in ${folder} is up, and what --replicas, --nodes say takes effect only when it starts: 'kubernode down' first (its data stays), then 'kubernode up' with them`);
  expect(loadClusterConfig(layoutOf(folder).configFile)).toBeUndefined();
  expect(await change({ nodes: 1 })).toBe(false);
});

test('changeRunning resolves when the backups that were asked for are ready, not while older ones still are', async () => {
  const { configFile, supervisorStatus } = layoutOf(folder);
  saveClusterConfig(configFile, stored);
  const ready = (startedAt: number): void => { replaceFileSync(supervisorStatus, JSON.stringify([{ name: 'backup', pid: 7, startedAt, restarts: 0, ready: true }]), { mode: 0o644, dirMode: 0o700 }); };
  ready(1);
  let isDone = false;
  const changing = change({ 'backup-every': 3_600_000 }).then((one) => { isDone = true; return one; });
  while (loadClusterConfig(configFile)?.backupEveryMs !== 3_600_000) await systemClock.sleep(10);
  await systemClock.sleep(120); // two looks
  expect(isDone).toBe(false);
  ready(systemClock.now());
  expect(await changing).toBe(true);
}, 20_000);
