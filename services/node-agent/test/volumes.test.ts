import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statfsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jest } from '@jest/globals';
import type { coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { Fixtures } from '@kubernode/testing';
import { startTestVolumes, type TestVolumes } from './volumes-fixture.ts';

const TMPFS = 0x01021994;
let fixtures: Fixtures;
let volumes: TestVolumes;
let outside: string;
beforeEach(async () => {
  fixtures = new Fixtures();
  volumes = await fixtures.use(startTestVolumes());
  outside = `${volumes.dir}/outside`;
  mkdirSync(outside);
  writeFileSync(`${outside}/host-file`, 'of the host');
});
afterEach(async () => { await fixtures[Symbol.asyncDispose](); }, 30_000);

function pod(uid: string, sources: Record<string, Omit<coreV1.Volume, 'name'>>, own: Partial<coreV1.PodSpec> = {}): coreV1.Pod {
  const names = Object.keys(sources);
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${uid}`, namespace: 'default', uid, labels: { app: 'x' } },
    spec: { serviceAccountName: 'sa', volumes: names.map((name) => ({ ...sources[name], name })), containers: [{ name: 'c', volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) }], ...own },
  };
}

function put(kind: 'ConfigMap' | 'Secret', data: Record<string, string>): void {
  volumes.client.put({ apiVersion: 'v1', kind, metadata: { name: 'conf', namespace: 'default' }, data: kind === 'Secret' ? Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])) : data });
}

const mode = (file: string): string => (lstatSync(file).mode & 0o7777).toString(8);
const isTmpfs = (dir: string): boolean => statfsSync(dir).type === TMPFS;

test('each kind lies where the kubelet puts it, with its modes and medium; nothing is left of it', async () => {
  put('ConfigMap', { 'a.conf': '1' });
  put('Secret', { pass: 'p4ss' });
  const mounted = await volumes.mount(pod('p1', {
    disk: { emptyDir: {} }, memory: { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }, conf: { configMap: { name: 'conf', defaultMode: 0o600 } }, secret: { secret: { secretName: 'conf', items: [{ key: 'pass', path: 'deep/pass', mode: 0o400 }] } },
    down: { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    all: { projected: { sources: [{ configMap: { name: 'conf' } }, { secret: { name: 'conf' } }, { serviceAccountToken: { path: 'token', expirationSeconds: 600, audience: 'aud' } }] } },
  }));
  const at = (kind: string, name: string): string => `${volumes.podDir('p1')}/volumes/kubernetes.io~${kind}/${name}`;
  expect([...mounted].map(([name, { hostPath, readOnly }]) => [name, hostPath, readOnly])).toEqual([
    ['disk', at('empty-dir', 'disk'), false], ['memory', at('empty-dir', 'memory'), false], ['conf', at('configmap', 'conf'), true], ['secret', at('secret', 'secret'), true], ['down', at('downward-api', 'down'), true], ['all', at('projected', 'all'), true],
  ]);
  expect([at('empty-dir', 'disk'), at('empty-dir', 'memory'), at('configmap', 'conf'), at('secret', 'secret')].map((dir) => [mode(dir), isTmpfs(dir)])).toEqual([['777', false], ['1777', true], ['777', false], ['1777', true]]);
  expect(statfsSync(at('empty-dir', 'memory')).blocks * statfsSync(at('empty-dir', 'memory')).bsize).toBe(1024 * 1024);
  expect([mode(`${at('configmap', 'conf')}/..data/a.conf`), mode(`${at('secret', 'secret')}/..data/deep/pass`), readlinkSync(`${at('secret', 'secret')}/deep`)]).toEqual(['600', '400', '..data/deep']);
  expect(['token', 'pass', 'a.conf'].map((name) => readFileSync(`${at('projected', 'all')}/${name}`, 'utf8'))).toEqual(['token-1-aud', 'p4ss', '1']);
  expect(readFileSync(`${at('downward-api', 'down')}/labels`, 'utf8')).toBe('app="x"');
  expect([mode(volumes.podDir('p1')), mode(path.dirname(at('secret', 'x')))]).toEqual(['750', '750']);
  await volumes.manager().unmountAll('p1');
  expect([volumes.mounts(), existsSync(volumes.podDir('p1'))]).toEqual([[], false]);
}, 30_000);

test('volumes that no container uses are not made; a pod without volumes does nothing at all', async () => {
  expect((await volumes.mount(pod('p1', { v: { emptyDir: {} } }, { containers: [{ name: 'c' }] }))).size).toBe(0);
  expect(existsSync(volumes.podDir('p1'))).toBe(false);
});

test.each<[string, Omit<coreV1.Volume, 'name'>, string]>([
  ['a missing config map', { configMap: { name: 'none' } }, 'MountVolume.SetUp failed for volume "v" : configmap "none" not found'],
  ['a missing key', { configMap: { name: 'conf', items: [{ key: 'none', path: 'x' }] } }, 'MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: none'],
  ['a missing secret', { secret: { secretName: 'none' } }, 'MountVolume.SetUp failed for volume "v" : secret "none" not found'],
  ['a missing key of a secret', { secret: { secretName: 'conf', items: [{ key: 'none', path: 'x' }] } }, 'MountVolume.SetUp failed for volume "v" : references non-existent secret key: none'],
  ['several missing sources', { projected: { sources: [{ secret: { name: 'none' } }, { configMap: { name: 'none' } }] } }, 'MountVolume.SetUp failed for volume "v" : [secret "none" not found, configmap "none" not found]'],
  ['a trust bundle where there are none', { projected: { sources: [{ clusterTrustBundle: { name: 'x', path: 'x' } }] } }, 'MountVolume.SetUp failed for volume "v" : ClusterTrustBundle projection is not supported in static kubelet mode'],
  ['a host path of another type', { hostPath: { path: '/etc', type: 'File' } }, 'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /etc is not a file'],
  ['a host path with steps back', { hostPath: { path: '/tmp/../etc' } }, "MountVolume.SetUp failed for volume \"v\" : invalid HostPath `/tmp/../etc`: must not contain '..'"],
  ['pages that nobody asks for', { emptyDir: { medium: 'HugePages' } }, 'MountVolume.SetUp failed for volume "v" : medium HugePages: hugePages storage requested, but there is no resource request for huge pages'],
  ['a medium that is none', { emptyDir: { medium: 'Stone' } }, 'MountVolume.SetUp failed for volume "v" : unknown storage medium "Stone"'],
  ['no claim', { persistentVolumeClaim: { claimName: 'none' } }, 'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/none: failed to fetch PVC from API server: persistentvolumeclaims "none" not found'],
  ['a kind that nobody knows', { gitRepo: { repository: 'x' } }, 'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: failed to get Plugin from volumeSpec for volume "v" err=no volume plugin matched'],
])('%s is told in the kubelet\'s words', async (_title, source, expected) => {
  put('ConfigMap', {});
  put('Secret', {});
  volumes.client.request = () => Promise.resolve({ status: 404, contentType: '', body: Buffer.alloc(0), warnings: [] }); // discovery of what is not served
  await expect(volumes.mount(pod('p1', { v: source }))).rejects.toThrow('unmounted volumes=[v]');
  expect(volumes.events).toEqual([`Warning FailedMount: ${expected}`]);
});

test('optional sources may be missing, and come when they come; what is gone is gone at once', async () => {
  const one = pod('p1', { v: { configMap: { name: 'conf', optional: true } } });
  const dir = (await volumes.mount(one)).get('v')?.hostPath ?? '';
  put('ConfigMap', { a: '1', b: '1' });
  await volumes.mount(one);
  const version = readlinkSync(`${dir}/..data`);
  await volumes.mount(one);
  expect([readdirSync(dir).filter((name) => !name.startsWith('..')), readlinkSync(`${dir}/..data`)]).toEqual([['a', 'b'], version]);
  put('ConfigMap', { b: '2' });
  await volumes.mount(one);
  expect([readdirSync(dir).filter((name) => !name.startsWith('..')), readFileSync(`${dir}/b`, 'utf8')]).toEqual([['b'], '2']);
  const { client } = volumes;
  await client.delete({ group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true } as never, { name: 'conf', namespace: 'default' });
  await volumes.mount(one);
  expect(readdirSync(dir).filter((name) => !name.startsWith('..'))).toEqual([]);
}, 30_000);

test('files of the API belong to the pod\'s group; a token to its one user', async () => {
  put('Secret', { pass: 'p4ss' });
  const mounted = await volumes.mount(pod('p1', { s: { secret: { secretName: 'conf', defaultMode: 0o400 } }, t: { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }, e: { emptyDir: {} } }, { securityContext: { fsGroup: 4321, runAsUser: 1234 } }));
  const file = (name: string, inner: string): string => `${mounted.get(name)?.hostPath ?? ''}/${inner}`;
  expect(statSync(file('s', 'pass'))).toMatchObject({ uid: 0, gid: 4321, mode: 0o100440 });
  expect(statSync(file('t', 'token'))).toMatchObject({ uid: 1234, gid: 4321, mode: 0o100640 });
  expect(statSync(file('e', '.'))).toMatchObject({ gid: 4321, mode: 0o42777 });
}, 30_000);

test('directories and files of a volume are bound by subPath; what a container does to them later changes nothing', async () => {
  const mounted = await volumes.mount(pod('p1', { v: { emptyDir: {} } }));
  const { hostPath = '', bindSubPath } = mounted.get('v') ?? {};
  const bind = (subPath: string, index = 0): Promise<string> => bindSubPath?.({ subPath, container: 'c', index }) ?? Promise.reject(new Error('no volume'));
  writeFileSync(`${hostPath}/file`, 'content');
  expect([await bind('a/b'), await bind('file', 1)]).toEqual([0, 1].map((index) => `${volumes.podDir('p1')}/volume-subpaths/v/c/${index}`));
  expect([mode(`${hostPath}/a/b`), readFileSync(`${volumes.podDir('p1')}/volume-subpaths/v/c/1`, 'utf8')]).toEqual(['777', 'content']);
  renameSync(`${hostPath}/a/b`, `${hostPath}/moved`);
  symlinkSync(outside, `${hostPath}/a/b`);
  writeFileSync(`${volumes.podDir('p1')}/volume-subpaths/v/c/0/new`, '');
  expect([existsSync(`${outside}/new`), existsSync(`${hostPath}/moved/new`)]).toEqual([false, true]);
  await expect(bind('a/b')).rejects.toThrow('not within volume path');
  rmSync(`${hostPath}/a/b`);
  expect(readdirSync(await bind('a/b'))).toEqual([]); // another directory than the one that was bound before
  await volumes.manager().unmountAll('p1');
  expect([volumes.mounts(), existsSync(volumes.podDir('p1')), readdirSync(outside)]).toEqual([[], false, ['host-file']]);
}, 30_000);

/** Swaps what a subPath names between a directory and a link to the host, as a container of the same pod could. */
const ATTACKER = `const fs = require('node:fs'); const [dir, outside] = process.argv.slice(1); fs.mkdirSync(dir + '/good'); fs.symlinkSync(outside, dir + '/evil'); process.stdout.write('ready');
  for (;;) for (const one of ['/good', '/evil']) { try { fs.renameSync(dir + one, dir + '/race'); fs.renameSync(dir + '/race', dir + one); } catch {} }`;

test('a container that swaps a subPath while it is bound never gets the host\'s files', async () => {
  const mounted = await volumes.mount(pod('p1', { v: { emptyDir: {} } }));
  const { hostPath = '', bindSubPath } = mounted.get('v') ?? {};
  const attacker = spawn(process.execPath, ['-e', ATTACKER, hostPath, outside], { stdio: ['ignore', 'pipe', 'ignore'] });
  const got = { bound: 0, refused: 0 };
  try {
    await new Promise((resolve) => { attacker.stdout.once('data', resolve); });
    for (let index = 0; index < 150; index++) {
      try {
        const target = await bindSubPath?.({ subPath: 'race', container: 'c', index }) ?? '';
        got.bound++;
        expect(existsSync(`${target}/host-file`)).toBe(false);
      } catch (error) {
        if (error instanceof Error && 'matcherResult' in error) throw error;
        got.refused++;
      }
    }
  } finally {
    attacker.kill('SIGKILL');
    await new Promise((resolve) => { attacker.once('exit', resolve); });
  }
  expect(got.bound + got.refused).toBe(150);
  await volumes.manager().unmountAll('p1');
  expect([volumes.mounts(), readdirSync(outside)]).toEqual([[], ['host-file']]);
}, 60_000);

test('what a pod leaves in its volumes makes its end neither fail nor reach the host', async () => {
  const mounted = await volumes.mount(pod('p1', { disk: { emptyDir: {} }, memory: { emptyDir: { medium: 'Memory' } } }));
  for (const { hostPath = '' } of mounted.values()) {
    symlinkSync(outside, `${hostPath}/link`);
    mkdirSync(`${hostPath}/locked`);
    writeFileSync(`${hostPath}/locked/file`, '');
    chmodSync(`${hostPath}/locked`, 0);
    writeFileSync(`${hostPath}/${'n'.repeat(255)}`, '');
    writeFileSync(Buffer.from(`${hostPath}/\n\t \\ ü`), '');
    execFileSync('mkfifo', [`${hostPath}/pipe`]);
    mkdirSync(`${hostPath}/mounted in it`);
    execFileSync('mount', ['--bind', outside, `${hostPath}/mounted in it`]); // as a privileged container's mount comes through
  }
  await volumes.manager().unmountAll('p1');
  expect([volumes.mounts(), existsSync(volumes.podDir('p1')), readdirSync(outside)]).toEqual([[], false, ['host-file']]);
}, 30_000);

test('a mount that cannot be undone keeps the pod\'s directory, and the next attempt finishes', async () => {
  const mounted = await volumes.mount(pod('p1', { memory: { emptyDir: { medium: 'Memory' } } }));
  const holder = spawn('sleep', ['100'], { cwd: mounted.get('memory')?.hostPath, stdio: 'ignore' });
  await new Promise((resolve) => { holder.once('spawn', resolve); });
  try {
    await expect(volumes.manager().unmountAll('p1')).rejects.toThrow(/^UnmountVolume.TearDown failed for volume "memory" : unmount failed: exit status 32\nUnmounting arguments: /);
    expect(volumes.mounts()).toHaveLength(1);
  } finally { holder.kill('SIGKILL'); }
  await new Promise((resolve) => { holder.once('exit', resolve); });
  await volumes.manager().unmountAll('p1');
  expect([volumes.mounts(), existsSync(volumes.podDir('p1'))]).toEqual([[], false]);
}, 30_000);

test('a new process keeps what pods have, and takes away what is left of pods that are gone', async () => {
  const one = pod('p1', { disk: { emptyDir: {} }, memory: { emptyDir: { medium: 'Memory' } } });
  const [disk = '', memory = ''] = [...(await volumes.mount(one)).values()].map(({ hostPath }) => hostPath);
  const gone = await volumes.mount(pod('p2', { memory: { emptyDir: { medium: 'Memory' } }, disk: { emptyDir: {} } }));
  await gone.get('disk')?.bindSubPath({ subPath: 'x', container: 'c', index: 0 });
  for (const dir of [disk, memory]) writeFileSync(`${dir}/kept`, '');
  chmodSync(disk, 0o2770);
  await volumes.restart();
  await volumes.manager().unmountAll('p2');
  await volumes.mount(one);
  expect([existsSync(`${disk}/kept`), existsSync(`${memory}/kept`), mode(disk), existsSync(volumes.podDir('p2')), volumes.mounts()]).toEqual([true, true, '2770', false, ['kubelet/pods/p1/volumes/kubernetes.io~empty-dir/memory']]);
}, 30_000);

test('after a reboot mounts are made again and disks keep their content', async () => {
  const one = pod('p1', { disk: { emptyDir: {} }, memory: { emptyDir: { medium: 'Memory' } } });
  const mounted = await volumes.mount(one);
  const [disk = '', memory = ''] = [...mounted.values()].map(({ hostPath }) => hostPath);
  await mounted.get('disk')?.bindSubPath({ subPath: 'x', container: 'c', index: 0 });
  for (const dir of [disk, memory]) writeFileSync(`${dir}/file`, '');
  for (const point of volumes.mounts()) execFileSync('umount', [`${volumes.dir}/${point}`]);
  await volumes.restart();
  const again = await volumes.mount(one);
  await again.get('disk')?.bindSubPath({ subPath: 'x', container: 'c', index: 0 });
  expect([existsSync(`${disk}/file`), existsSync(`${memory}/file`), isTmpfs(memory), volumes.mounts().length]).toEqual([true, false, true, 2]);
}, 30_000);

function putLocal(dir: string, own: object = {}): void {
  volumes.client.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim', namespace: 'default', uid: 'c1' }, spec: { volumeName: 'pv1' }, status: { phase: 'Bound' } });
  volumes.client.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv1', annotations: { 'pv.beta.kubernetes.io/gid': '777' } }, spec: { claimRef: { uid: 'c1' }, local: { path: dir }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }] } }, ...own } });
}

test('a local directory is bound into the pod, given to its group once, and never deleted', async () => {
  putLocal(outside);
  const claimed = { v: { persistentVolumeClaim: { claimName: 'claim' } } };
  const first = (await volumes.mount(pod('p1', claimed, { securityContext: { fsGroup: 4321 } }))).get('v');
  expect(first).toMatchObject({ hostPath: `${volumes.podDir('p1')}/volumes/kubernetes.io~local-volume/pv1`, gid: 777, readOnly: false });
  expect(statSync(`${outside}/host-file`)).toMatchObject({ gid: 4321 });
  await volumes.mount(pod('p2', claimed, { securityContext: { fsGroup: 1111 } }));
  expect([statSync(`${outside}/host-file`).gid, volumes.events]).toEqual([4321, ['Warning AlreadyMountedVolume: The requested fsGroup is 1111, but the volume pv1 has GID 4321. The volume may not be shareable.']]);
  for (const uid of ['p1', 'p2']) await volumes.manager().unmountAll(uid);
  expect([volumes.mounts(), readdirSync(outside)]).toEqual([[], ['host-file']]);
}, 30_000);

test.each<[string, object, string]>([
  ['of another node', { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }] } } }, 'MountVolume.NodeAffinity check failed for volume "pv1" : no matching NodeSelectorTerms'],
  ['that is not there', { local: { path: '/nowhere' } }, 'MountVolume.SetUp failed for volume "pv1" : path "/nowhere" does not exist'],
  ['that is a file', { local: { path: '/etc/passwd' } }, 'MountVolume.SetUp failed for volume "pv1" : only directory and block device are supported'],
  ['as a host path with mount options', { local: undefined, hostPath: { path: '/tmp' }, mountOptions: ['noatime'] }, 'MountVolume.MountOptionSupport check failed for volume "pv1" : mount options are not supported for this volume type'],
])('a local volume %s', async (_title, own, expected) => {
  putLocal(outside, own);
  await expect(volumes.mount(pod('p1', { v: { persistentVolumeClaim: { claimName: 'claim' } } }))).rejects.toThrow('unmounted volumes=[v]');
  expect(volumes.events).toEqual([`Warning FailedMount: ${expected}`]);
});

test('a volume for one pod alone is not given to a second', async () => {
  putLocal(outside, { accessModes: ['ReadWriteOncePod'] });
  const claimed = { v: { persistentVolumeClaim: { claimName: 'claim' } } };
  await volumes.mount(pod('p1', claimed));
  await expect(volumes.mount(pod('p2', claimed))).rejects.toThrow('unmounted');
  expect(volumes.events).toEqual(['Warning FailedMount: MountVolume.SetUp failed for volume "pv1" : volume uses the ReadWriteOncePod access mode and is already in use by another pod']);
  await volumes.manager().unmountAll('p1');
  await systemClock.sleep(600); // its delay
  expect((await volumes.mount(pod('p2', claimed))).size).toBe(1);
}, 30_000);

test('a claimed volume that is there stays usable while the API servers are away', async () => {
  putLocal(outside);
  const clock = systemClock.monotonicNow.bind(systemClock);
  const one = pod('p1', { v: { persistentVolumeClaim: { claimName: 'claim' } } });
  await volumes.mount(one);
  volumes.client.get = () => Promise.reject(new Error('nobody answers'));
  jest.spyOn(systemClock, 'monotonicNow').mockImplementation(() => clock() + 60_000); // so that the claim is looked at again
  try { expect((await volumes.mount(one)).size).toBe(1); } finally { jest.restoreAllMocks(); }
  await expect(volumes.mount(pod('p2', { v: { persistentVolumeClaim: { claimName: 'claim' } } }))).rejects.toThrow('nobody answers');
}, 30_000);

test('a volume of the local-path provisioner is made on first use, and deleted only when no pod has it', async () => {
  const name = 'pvc-0f6b2c1e-8a4d-4a53-9a0e-3f1f7d5c2b90';
  putLocal('', { local: undefined, nodeAffinity: undefined, hostPath: { path: `${volumes.dir}/local/${name}`, type: 'DirectoryOrCreate' } });
  const mounted = await volumes.mount(pod('p1', { v: { persistentVolumeClaim: { claimName: 'claim', readOnly: true } } }));
  expect([mounted.get('v')?.readOnly, mode(mounted.get('v')?.hostPath ?? '')]).toEqual([true, '777']);
  await expect(volumes.removeLocalPath(name)).rejects.toThrow(`volume ${name} is still used by a pod`);
  await volumes.manager().unmountAll('p1');
  expect(existsSync(`${volumes.dir}/local/${name}`)).toBe(true);
  await volumes.removeLocalPath(name);
  expect(existsSync(`${volumes.dir}/local/${name}`)).toBe(false);
}, 30_000);

test('an export whose server looks like a flag is a server', async () => {
  await expect(volumes.mount(pod('p1', { v: { nfs: { server: '--bind', path: `${outside}` } } }))).rejects.toThrow('unmounted');
  expect(volumes.mounts()).toEqual([]);
}, 30_000);

test('an export that cannot be mounted is told as the host\'s mount tells it, and leaves no directory', async () => {
  await expect(volumes.mount(pod('p1', { v: { nfs: { server: '127.0.0.1', path: '/x', readOnly: true } } }))).rejects.toThrow('unmounted');
  const dir = `${volumes.podDir('p1')}/volumes/kubernetes.io~nfs/v`;
  expect(volumes.events[0]).toMatch(`Warning FailedMount: MountVolume.SetUp failed for volume "v" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs -o ro 127.0.0.1:/x ${dir}\nOutput: mount`);
  expect(existsSync(dir)).toBe(false);
}, 30_000);
