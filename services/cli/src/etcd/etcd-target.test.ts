import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { saveClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf } from '../cluster/layout.ts';
import { clusterOptions, resolveConfig, type GivenClusterOptions } from '../cluster/resolve-config.ts';
import { dataDisks, fullDisks } from './disk-room.ts';
import { findEtcd, type GivenTarget } from './etcd-target.ts';

let dir = '';
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'kn-target-')); });
afterEach(() => { rmSync(dir, { recursive: true }); });

const given = (flags: Partial<GivenTarget> = {}): GivenTarget => ({ dir, 'etcd-servers': undefined, 'etcd-cafile': undefined, 'etcd-certfile': undefined, 'etcd-keyfile': undefined, ...flags });

/** As the chart renders it and `deploy` puts it there. */
function deployMember(args = `--name=m1 --data-dir=${dir}/data --listen-client-urls=https://10.0.0.1:2379,https://127.0.0.1:2379 --advertise-client-urls=https://10.0.0.1:2379 --cert-file=${dir}/etcd.crt --key-file=${dir}/etcd.key --trusted-ca-file=${dir}/etcd-ca.crt --peer-cert-file=/other.crt --client-cert-auth`): void {
  mkdirSync(path.join(dir, 'data'));
  writeFileSync(path.join(dir, 'etcd.env'), `ETCD_ARGS="${args}"\n`);
  writeFileSync(path.join(dir, 'host-manifest.json'), JSON.stringify({ formatVersion: 1, cluster: 'prod', host: 'm1', version: '1', files: { [`${dir}/etcd.env`]: 'ab' }, units: [], data: [], state: [], isNode: false }));
}

test('findEtcd finds the member that was deployed on this host, how it is reached, and its disk', () => {
  deployMember();
  const target = findEtcd(given());
  expect(target).toEqual({
    endpoints: ['https://10.0.0.1:2379'], tls: { caFile: `${dir}/etcd-ca.crt`, certFile: `${dir}/etcd.crt`, keyFile: `${dir}/etcd.key` }, cluster: undefined, local: [expect.objectContaining({ member: 'm1', folder: `${dir}/data` })],
  });
  const disks = dataDisks(target);
  expect(disks).toEqual([{ member: 'm1', folder: `${dir}/data`, freeBytes: expect.any(Number) as number }]);
  expect(fullDisks(disks.map((disk) => ({ ...disk, freeBytes: 1_000_000 })))).toEqual([`the disk of m1 (${dir}/data) has 1.0 MB left, and etcd ends when it cannot write: make room on it`]);
});

test('findEtcd asks the endpoints that it is given, and knows the disk of the member of this host all the same', () => {
  deployMember();
  expect(findEtcd(given({ 'etcd-servers': ['http://10.0.0.9:2379'] }))).toMatchObject({ endpoints: ['http://10.0.0.9:2379'], tls: {}, local: [{ member: 'm1' }] });
});

test("findEtcd finds the members of a cluster of this host; the disks are those of members that have data", () => {
  const nothing = Object.fromEntries(Object.keys(clusterOptions).map((name) => [name, undefined])) as unknown as GivenClusterOptions; // each of the table's flags
  const layout = layoutOf(dir);
  saveClusterConfig(layout.configFile, resolveConfig({ ...nothing, etcd: 3 }, undefined));
  for (const member of [0, 2]) mkdirSync(layout.etcdData(member), { recursive: true });
  const target = findEtcd(given());
  expect([target.endpoints.length, dataDisks(target).map(({ member }) => member)]).toEqual([3, ['etcd-0', 'etcd-2']]);
});

test.each([
  ['neither a cluster nor a member is there', () => undefined, /^there is no cluster in .* and no deployed member of etcd; name its folder with --dir, or an etcd with --etcd-servers$/],
  ['the manifest is broken', () => { writeFileSync(path.join(dir, 'host-manifest.json'), '{'); }, /host-manifest\.json is broken \(/],
  ['flags are missing', () => { deployMember('--name=m1'); }, /etcd\.env does not say --data-dir of etcd; deploy again/],
])('findEtcd says in a sentence that %s', (_, prepare, message) => {
  prepare();
  expect(() => findEtcd(given())).toThrow(message);
});
