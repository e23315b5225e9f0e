import type { ClusterConfig } from '../cluster/cluster-config.ts';
import { resolveConfig } from '../cluster/resolve-config.ts';
import type { BackupFile, BackupManifest } from './backup-manifest.ts';
import { describeRestore, planRestore, type RestoreChoice, type RestoreSnapshot } from './restore-plan.ts';

const config = resolveConfig({ etcd: 3 } as unknown as Parameters<typeof resolveConfig>[0], undefined); // the rest has defaults
const file = (path: string, source?: string): BackupFile => ({ path, bytes: 1, mode: 0o600, sha256: '0'.repeat(64), ...(source !== undefined && { source }) });
const manifest: BackupManifest = {
  formatVersion: 1, createdAt: '2026-11-22T00:00:00.000Z', kubernode: '0.1.0', kubernetes: 'v1.36.2', cluster: 'kubernode', etcd: { version: '3.4.23', clusterId: '1', revision: 500, compactRevision: 0, keys: 30 },
  files: [file('etcd/snapshot.db'), file('cluster.json'), file('pki/ca.crt'), file('pki/ca.key'), file('pki/admin.crt'), file('extra/0-encryption.yaml', '/etc/encryption.yaml')],
};
const snapshot = (change: Partial<RestoreSnapshot> = {}): RestoreSnapshot => ({ manifest, present: config, archived: config, isRunning: false, memberFolders: [0, 1, 2], presentKeys: new Map(), presentSources: new Map(), ...change });
const choice = (change: Partial<RestoreChoice> = {}): RestoreChoice => ({ etcdMembers: undefined, whileRunning: false, bumpRevision: 1_000_000_000, token: 'again', ...change });

describe('planRestore', () => {
  test('on an empty host everything comes from the archive', () => {
    const plan = planRestore(snapshot({ present: undefined, memberFolders: [] }), choice());
    expect(plan).toMatchObject({ hold: [], aside: [], members: [0, 1, 2], revision: 1_000_000_500, config: { etcdMembers: 3, etcdToken: 'again', name: 'kubernode' }, kept: [] });
    expect(plan.files.map(({ file: { path }, replaces }) => [path, replaces])).toEqual([['pki/ca.crt', false], ['pki/ca.key', false], ['pki/admin.crt', false], ['extra/0-encryption.yaml', false]]);
  });

  test('authorities are as the data were made with; leaves and further files that are there stay', () => {
    const plan = planRestore(snapshot({ presentKeys: new Map([['ca.crt', 'different'], ['ca.key', 'same'], ['admin.crt', 'different']]), presentSources: new Map([['/etc/encryption.yaml', 'different']]) }), choice());
    expect(plan.files.map(({ file: { path }, replaces }) => [path, replaces])).toEqual([['pki/ca.crt', true]]);
    expect(plan.kept).toEqual(['pki/admin.crt', '/etc/encryption.yaml']);
  });

  test('three members become one, which joins nobody', () => {
    const plan = planRestore(snapshot({ present: { ...config, etcdJoined: [1], etcdToken: 'before' } }), choice({ etcdMembers: 1 }));
    expect([plan.members, plan.aside, plan.config.etcdMembers, plan.config.etcdToken, plan.config.etcdJoined]).toEqual([[0], [0, 1, 2], 1, 'again', undefined]);
  });

  test('a running cluster has its API servers and etcd held', () => {
    expect(planRestore(snapshot({ isRunning: true }), choice({ whileRunning: true })).hold).toEqual(['apiserver-', 'etcd-']);
  });

  const external: ClusterConfig = { ...config, etcdMembers: 0, etcdServers: ['https://db:2379'] };
  test.each<[string, RestoreSnapshot, RestoreChoice, RegExp]>([
    ['while the cluster runs', snapshot({ isRunning: true }), choice(), /the cluster runs; take it down first, or/],
    ['another number of members while it runs', snapshot({ isRunning: true }), choice({ whileRunning: true, etcdMembers: 1 }), /cannot change while the cluster runs/],
    ['another authority while it runs', snapshot({ isRunning: true, presentKeys: new Map([['ca.key', 'different']]) }), choice({ whileRunning: true }), /pki\/ca.key is not the one/],
    ['two members', snapshot(), choice({ etcdMembers: 2 }), /want 1, 3 or 5/],
    ["somebody else's etcd", snapshot({ present: external }), choice(), /https:\/\/db:2379.*--data-dir/],
    ['an etcd alone, on an empty host', snapshot({ present: undefined, archived: undefined }), choice(), /--data-dir/],
  ])('refuses %s', (_, observed, chosen, message) => {
    expect(() => planRestore(observed, chosen)).toThrow(message);
  });

  test('is told line by line', () => {
    expect(describeRestore(planRestore(snapshot({ isRunning: true, presentKeys: new Map([['ca.crt', 'same'], ['ca.key', 'same'], ['admin.crt', 'same']]), memberFolders: [0] }), choice({ whileRunning: true })), manifest)).toEqual([
      'restore 30 keys of 2026-11-22T00:00:00.000Z (etcd 3.4.23, revision 500)', 'stop API servers and etcd; nodes and their pods go on', 'keep the data of etcd-0 aside',
      'make 3 members of etcd, at revision 1000000500, with everything before it compacted', 'put back /etc/encryption.yaml', 'start etcd, then API servers',
    ]);
  });
});
