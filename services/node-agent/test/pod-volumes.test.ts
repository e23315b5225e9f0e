import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { type FakeCsiDriver, startFakeCsiDriver } from './fake-csi-driver.ts';
import { DEMO_IMAGE } from './images.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
let driver: FakeCsiDriver;
const BRIDGE = 'kntest14';
const DRIVER = 'test.csi.example';

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/pod-volumes');
  node = createTestNode(containerd, { podCidr: '10.201.14.0/24', bridge: BRIDGE });
  answerTokens();
  node.start();
  await node.until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
  await node.until('the registry of plugins', () => existsSync(`${node.dir}/kubelet/plugins_registry`));
  driver = await startFakeCsiDriver({ name: DRIVER, dir: `${node.dir}/driver`, registryDir: `${node.dir}/kubelet/plugins_registry`, capabilities: ['STAGE_UNSTAGE_VOLUME'] });
  await node.until('the driver\'s registration', () => driver.notified.length > 0);
  node.client.put({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DRIVER }, spec: { attachRequired: false, fsGroupPolicy: 'File' } });
  node.client.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' }, data: { key: 'value' } });
}, 60_000);

afterAll(async () => {
  await node.stop();
  await driver[Symbol.asyncDispose]();
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 60_000);

function answerTokens(): void {
  const create = node.client.create.bind(node.client);
  node.client.create = ((resource: { resource: string }, object: object, options?: { target?: { subresource?: string } }) => (options?.target?.subresource === 'token'
    ? Promise.resolve({ ...object, status: { token: 'a-token', expirationTimestamp: new Date(systemClock.now() + 3_600_000).toISOString() } }) : create(resource as never, object, options as never))) as typeof node.client.create; // the fake's own signature
}

const events = (pod: string): string[] => node.client.all(coreV1Resources.events).filter(({ involvedObject }) => involvedObject.name === pod).map(({ reason, message }) => `${reason}: ${message}`);

/** Runs a script in a pod and resolves to what it wrote. */
async function output(name: string, script: string, { mounts, container = {}, ...spec }: Partial<coreV1.PodSpec> & { mounts: coreV1.VolumeMount[]; container?: Partial<coreV1.Container> }): Promise<string[]> {
  node.client.put(testPod(name, { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, ...spec, containers: [{ name: 'c', command: ['sh', '-c', script], volumeMounts: mounts, ...container }] }));
  await node.until(`${name} to end`, () => ['Succeeded', 'Failed'].includes(node.pod(name)?.status?.phase ?? ''));
  const log = `${node.dir}/logs/default_${name}_${node.pod(name)?.metadata.uid ?? ''}/c/0.log`;
  return readFileSync(log, 'utf8').trimEnd().split('\n').map((line) => line.split(' ').slice(3).join(' '));
}

async function removed(name: string): Promise<void> {
  const { uid = '' } = node.pod(name)?.metadata ?? {};
  await node.client.delete(coreV1Resources.pods, { name, namespace: 'default' });
  await node.until(`${name} to leave nothing behind`, () => !existsSync(`${node.dir}/kubelet/pods/${uid}`));
}

test('volumes as containers see them: modes, media, groups, what may be written', async () => {
  const lines = await output('seen', [
    'stat -c "%a %g" /disk /memory', 'df -P /memory | tail -n 1 | cut -d " " -f 1', 'cat /all/token; echo; cat /all/key; echo; stat -L -c "%a %u %g" /all/token', 'touch /all/x 2>/dev/null || echo read-only', 'touch /ro/x 2>/dev/null || echo read-only', 'echo made > /disk/file; stat -c "%u %g" /disk/file', 'id -G',
  ].join('\n'), {
    securityContext: { runAsUser: 1234, runAsGroup: 1234, fsGroup: 4321 },
    volumes: [{ name: 'disk', emptyDir: {} }, { name: 'memory', emptyDir: { medium: 'Memory' } }, { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'conf' } }] } }],
    mounts: [{ name: 'disk', mountPath: '/disk' }, { name: 'memory', mountPath: '/memory' }, { name: 'all', mountPath: '/all' }, { name: 'disk', mountPath: '/ro', readOnly: true }],
  });
  expect(lines).toEqual(['2777 4321', '3777 4321', 'tmpfs', 'a-token', 'value', '640 1234 4321', 'read-only', 'read-only', '1234 4321', '1234 4321']);
  await removed('seen');
}, 60_000);

test('subPath and subPathExpr: directories, files, and one volume inside another', async () => {
  const lines = await output('sub', 'cat /file; echo; ls /whole; touch /dir/made; ls /whole/a/sub; cat /conf/nested/there; cat /conf/key', {
    volumes: [{ name: 'v', emptyDir: {} }, { name: 'conf', configMap: { name: 'conf' } }],
    initContainers: [{ name: 'i', command: ['sh', '-c', 'echo -n text > /v/file.txt; mkdir -p /v/nested; echo there > /v/nested/there'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    container: { env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
    mounts: [{ name: 'v', mountPath: '/file', subPath: 'file.txt' }, { name: 'v', mountPath: '/dir', subPathExpr: 'a/$(POD)' }, { name: 'v', mountPath: '/whole' }, { name: 'conf', mountPath: '/conf' }, { name: 'v', mountPath: '/conf/nested', subPath: 'nested' }],
  });
  expect(lines).toEqual(['text', 'a', 'file.txt', 'nested', 'made', 'there', 'value']);
  await removed('sub');
}, 60_000);

test.each<[string, string, Partial<coreV1.VolumeMount>, string]>([
  ['a link to the host\'s root', 'ln -s / /v/x', { subPath: 'x' }, 'failed to prepare subPath for volumeMount "v" of container "c"'],
  ['a link to a file of the host', 'ln -s /etc/shadow /v/x', { subPath: 'x' }, 'failed to prepare subPath for volumeMount "v" of container "c"'],
  ['a link on the way', 'ln -s /etc /v/x', { subPath: 'x/cron.d' }, 'failed to prepare subPath for volumeMount "v" of container "c"'],
  ['a link through the process table', 'ln -s /proc/1/root /v/x', { subPath: 'x/etc' }, 'failed to prepare subPath for volumeMount "v" of container "c"'],
  ['steps back out of a variable', 'true', { subPathExpr: '$(STEPS)' }, "unable to provision SubPath `../../..`: must not contain '..'"],
  ['a root out of a variable', 'true', { subPathExpr: '$(ROOT)' }, 'error SubPath `/etc` must not be an absolute path'],
])('a pod cannot reach the host through %s', async (_title, script, mount, expected) => {
  const name = `evil-${systemClock.now()}`;
  node.client.put(testPod(name, {
    volumes: [{ name: 'v', emptyDir: {} }], terminationGracePeriodSeconds: 0,
    initContainers: [{ name: 'i', command: ['sh', '-c', script], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    containers: [{ name: 'c', command: ['sleep', '1000'], env: [{ name: 'STEPS', value: '../../..' }, { name: 'ROOT', value: '/etc' }], volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }],
  }));
  await node.until('a refusal', () => node.pod(name)?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
  expect(node.pod(name)?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(expected);
  await removed(name);
}, 60_000);

test('an image is a volume: read-only, also by subPath; an image that is missing is waited for', async () => {
  const image = { name: 'img', image: { reference: DEMO_IMAGE, pullPolicy: 'IfNotPresent' } };
  expect(await output('image', 'test -x /img/bin/busybox && echo there; touch /img/x 2>/dev/null || echo read-only; ls /bin-of-it | head -n 1', {
    volumes: [image], mounts: [{ name: 'img', mountPath: '/img' }, { name: 'img', mountPath: '/bin-of-it', subPath: 'bin' }],
  })).toEqual(['there', 'read-only', 'busybox']);
  await removed('image');
  expect(execFileSync('ctr', ['-a', containerd.socket, '-n', 'k8s.io', 'snapshots', 'ls']).toString()).not.toContain('kubernode-volume');
  node.client.put(testPod('no-image', { terminationGracePeriodSeconds: 0, volumes: [{ name: 'img', image: { reference: 'localhost/none:1', pullPolicy: 'Never' } }], containers: [{ name: 'c', command: ['sleep', '1'], volumeMounts: [{ name: 'img', mountPath: '/img' }] }] }));
  await node.until('the reason', () => node.pod('no-image')?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImageNeverPull');
  await removed('no-image');
}, 60_000);

test('a claimed volume of a driver: written by one pod, read by the next; raw devices; groups of the volume', async () => {
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'files', namespace: 'default', uid: 'c1' }, spec: { volumeName: 'pv1' }, status: { phase: 'Bound' } });
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv1', annotations: { 'pv.beta.kubernetes.io/gid': '777' } }, spec: { accessModes: ['ReadWriteOnce'], claimRef: { uid: 'c1' }, csi: { driver: DRIVER, volumeHandle: 'h1', fsType: 'ext4' } } });
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'raw', namespace: 'default', uid: 'c2' }, spec: { volumeName: 'pv2' }, status: { phase: 'Bound' } });
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv2' }, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', claimRef: { uid: 'c2' }, csi: { driver: DRIVER, volumeHandle: 'h2' } } });
  const volumes = [{ name: 'files', persistentVolumeClaim: { claimName: 'files' } }, { name: 'raw', persistentVolumeClaim: { claimName: 'raw' } }];
  const mounts = [{ name: 'files', mountPath: '/files' }];
  const holder = testPod('holder', { volumes: volumes.slice(0, 1), terminationGracePeriodSeconds: 0, containers: [{ name: 'c', command: ['sleep', '1000'], volumeMounts: mounts }] });
  node.client.put(holder); // so that the volume, which lies in memory, stays staged
  await node.until('the holder to run', () => node.pod('holder')?.status?.phase === 'Running');
  expect(await output('writer', 'echo kept > /files/file; id -G; test -c /dev/xvda && echo a device', { volumes, mounts, container: { volumeDevices: [{ name: 'raw', devicePath: '/dev/xvda' }] } })).toEqual([expect.stringMatching(/\b777\b/), 'a device']);
  await removed('writer');
  expect(await output('reader', 'cat /files/file; touch /files/x 2>/dev/null || echo read-only', { volumes: [{ name: 'files', persistentVolumeClaim: { claimName: 'files', readOnly: true } }], mounts })).toEqual(['kept', 'read-only']);
  await removed('reader');
  await removed('holder');
  const calls = driver.calls.map(({ method, request }) => `${method} ${String(request['volumeId'] ?? '')}`);
  expect(['NodeStageVolume h1', 'NodeUnstageVolume h1', 'NodeStageVolume h2', 'NodeUnstageVolume h2'].map((call) => calls.filter((one) => one === call).length)).toEqual([1, 1, 1, 1]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${node.dir}/kubelet/plugins`);
}, 90_000);

test('a pod waits for what its volumes need, says so, and starts once it is there', async () => {
  node.client.put(testPod('waits', { volumes: [{ name: 'v', secret: { secretName: 'late' } }], terminationGracePeriodSeconds: 0, containers: [{ name: 'c', command: ['sleep', '1000'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }));
  await node.until('the event', () => events('waits').length > 0);
  expect(events('waits')[0]).toBe('FailedMount: MountVolume.SetUp failed for volume "v" : secret "late" not found');
  const startMs = systemClock.now();
  node.client.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late', namespace: 'default' }, data: {} });
  await node.until('waits to run', () => node.pod('waits')?.status?.phase === 'Running');
  process.stderr.write(`running ${systemClock.now() - startMs} ms after the secret came\n`);
  await removed('waits');
}, 60_000);

test('a restart of the node agent leaves the volumes of running pods as they are', async () => {
  node.client.put(testPod('stays', {
    volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }], terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', command: ['sh', '-c', 'echo kept > /v/file; while sleep 0.1; do cat /v/file || exit 1; done'], volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'deep' }] }],
  }));
  await node.until('stays to run', () => node.pod('stays')?.status?.phase === 'Running');
  await node.stop();
  node.start();
  await node.until('the node agent to look at it again', () => node.pod('stays')?.status?.containerStatuses?.[0]?.ready === true);
  await systemClock.sleep(500); // what the container would die of happens now or never
  expect(node.pod('stays')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { running: {} } });
  await removed('stays');
}, 60_000);
