import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type coreV1, coreV1Resources, storageV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { Fixtures } from '@kubernode/testing';
import { type FakeCsiDriver, type FakeCsiDriverOptions, startFakeCsiDriver } from './fake-csi-driver.ts';
import { startTestVolumes, type TestVolumes } from './volumes-fixture.ts';

const DRIVER = 'test.csi.example';
let fixtures: Fixtures;
let volumes: TestVolumes;
beforeEach(async () => {
  fixtures = new Fixtures();
  volumes = await fixtures.use(startTestVolumes());
  await volumes.until('the registry of plugins', () => existsSync(`${volumes.dir}/kubelet/plugins_registry`));
});
afterEach(async () => { await fixtures[Symbol.asyncDispose](); }, 30_000);

async function register(options: Partial<FakeCsiDriverOptions> = {}): Promise<FakeCsiDriver> {
  const driver = await fixtures.use(startFakeCsiDriver({ name: DRIVER, dir: `${volumes.dir}/driver`, registryDir: `${volumes.dir}/kubelet/plugins_registry`, capabilities: ['STAGE_UNSTAGE_VOLUME', 'EXPAND_VOLUME'], ...options }));
  await volumes.until('the registration', () => driver.notified.length > 0);
  return driver;
}

function putClaim(parts: { spec?: object; claim?: object; driver?: object } = {}): void {
  volumes.client.put({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DRIVER }, spec: { attachRequired: false, podInfoOnMount: true, fsGroupPolicy: 'File', volumeLifecycleModes: ['Persistent', 'Ephemeral'], requiresRepublish: false, ...parts.driver } });
  volumes.client.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim', namespace: 'default', uid: 'c1' }, spec: { volumeName: 'pv1' }, status: { phase: 'Bound', capacity: { storage: '1Gi' }, ...parts.claim } });
  volumes.client.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv1' }, spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, claimRef: { uid: 'c1' }, mountOptions: ['noatime'], csi: { driver: DRIVER, volumeHandle: 'handle-1', fsType: 'ext4', volumeAttributes: { a: 'b' } }, ...parts.spec } });
}

function pod(uid: string, own: Partial<coreV1.PodSpec> = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${uid}`, namespace: 'default', uid },
    spec: { serviceAccountName: 'sa', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'claim' } }], containers: [{ name: 'c', volumeMounts: [{ name: 'data', mountPath: '/data' }] }], ...own },
  };
}

const nodeCalls = ({ calls }: FakeCsiDriver): string[] => calls.map(({ method }) => method).filter((method) => /Stage|Publish|Expand|stage|publish/.test(method));
const requestOf = ({ calls }: FakeCsiDriver, method: string): Record<string, unknown> => calls.find((call) => call.method === method)?.request ?? {};

test('a driver registers: CSINode object, the node\'s annotation and topology labels; and goes when its socket goes', async () => {
  const driver = await register({ topology: { zone: 'a', rack: 'r1' }, volumesMax: 7 });
  expect(driver.notified).toEqual([{ pluginRegistered: true, error: '' }]);
  expect(volumes.client.stored(storageV1Resources.csinodes, 'n1')).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'Node', name: 'n1', uid: 'node-uid' }], annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': expect.stringContaining('kubernetes.io/gce-pd') } },
    spec: { drivers: [{ name: DRIVER, nodeID: `${DRIVER}-node`, topologyKeys: ['rack', 'zone'], allocatable: { count: 7 } }] },
  });
  expect(volumes.client.stored(coreV1Resources.nodes, 'n1')?.metadata).toMatchObject({ labels: { zone: 'a', rack: 'r1' }, annotations: { 'csi.volume.kubernetes.io/nodeid': JSON.stringify({ [DRIVER]: `${DRIVER}-node` }) } });
  await driver[Symbol.asyncDispose]();
  await volumes.until('the driver to go', () => volumes.client.stored(storageV1Resources.csinodes, 'n1')?.spec.drivers.length === 0);
  await volumes.until('the annotation to go', () => volumes.client.stored(coreV1Resources.nodes, 'n1')?.metadata.annotations?.['csi.volume.kubernetes.io/nodeid'] === undefined);
}, 30_000);

test.each([
  [{ topology: { zone: 'b' } }, 'RegisterPlugin error -- plugin registration failed with err: error updating Node object with CSI driver node info: detected topology value collision: driver reported "zone":"b" but existing label is "zone":"a"'],
  [{ versions: [] }, `Plugin returned an empty list for supported versions`],
  [{ versions: ['0.3.0', '2.0.0'] }, 'None of the versions specified ["0.3.0" "2.0.0"] are supported.'],
])('a driver is refused: %j', async (options, expected) => {
  const driver = await register(options);
  expect(driver.notified[0]).toMatchObject({ pluginRegistered: false, error: expect.stringContaining(expected) });
}, 30_000);

test('a claimed volume is staged once, published to each pod, and taken away with the last one', async () => {
  const driver = await register();
  putClaim();
  const mounted = await volumes.mount(pod('p1', { securityContext: { fsGroup: 4321 } }));
  const target = `${volumes.podDir('p1')}/volumes/kubernetes.io~csi/pv1/mount`;
  expect(mounted.get('data')).toMatchObject({ hostPath: target, readOnly: false });
  expect(statSync(target)).toMatchObject({ gid: 4321, mode: 0o43777 }); // set-group-id; sticky as tmpfs makes it
  await volumes.mount(pod('p2'));
  expect(nodeCalls(driver)).toEqual(['NodeStageVolume', 'NodePublishVolume', 'NodePublishVolume']);
  expect(requestOf(driver, 'NodePublishVolume')).toMatchObject({
    volumeId: 'handle-1', targetPath: target, readonly: false, stagingTargetPath: expect.stringMatching(new RegExp(`plugins/kubernetes.io/csi/${DRIVER}/[0-9a-f]{64}/globalmount$`)),
    volumeCapability: { accessMode: { mode: 'SINGLE_NODE_WRITER' }, mount: { fsType: 'ext4', mountFlags: ['noatime'] } },
    volumeContext: { a: 'b', 'csi.storage.k8s.io/pod.name': 'pod-p1', 'csi.storage.k8s.io/pod.uid': 'p1', 'csi.storage.k8s.io/ephemeral': 'false', 'csi.storage.k8s.io/serviceAccount.name': 'sa' },
  });
  expect(JSON.parse(readFileSync(`${volumes.podDir('p1')}/volumes/kubernetes.io~csi/pv1/vol_data.json`, 'utf8'))).toMatchObject({ specVolID: 'pv1', volumeHandle: 'handle-1', driverName: DRIVER, nodeName: 'n1', volumeLifecycleMode: 'Persistent', attachmentID: expect.stringMatching(/^csi-[0-9a-f]{64}$/) });
  await volumes.manager().unmountAll('p1');
  expect(nodeCalls(driver).slice(3)).toEqual(['NodeUnpublishVolume']);
  await volumes.manager().unmountAll('p2');
  expect(nodeCalls(driver).slice(4)).toEqual(['NodeUnpublishVolume', 'NodeUnstageVolume']);
  expect([volumes.mounts(), existsSync(volumes.podDir('p1')), existsSync(String(requestOf(driver, 'NodePublishVolume')['stagingTargetPath']))]).toEqual([[], false, false]);
}, 30_000);

test('what an earlier process mounted is taken away by what it wrote down, once the driver is there', async () => {
  const driver = await register();
  putClaim();
  await volumes.mount(pod('p1'));
  await volumes.restart();
  await volumes.manager().recover();
  expect(volumes.manager().volumesInUse()).toEqual([`kubernetes.io/csi/${DRIVER}^handle-1`]); // though no pod has been looked at yet
  await volumes.until('the registration with the new process', () => driver.notified.length > 1);
  await volumes.manager().unmountAll('p1');
  expect(volumes.manager().volumesInUse()).toEqual([]);
  expect([nodeCalls(driver).slice(2), volumes.mounts(), existsSync(volumes.podDir('p1'))]).toEqual([['NodeUnpublishVolume', 'NodeUnstageVolume'], [], false]);
}, 30_000);

test('while a driver is not there, nothing of its volumes is removed', async () => {
  const driver = await register();
  putClaim();
  await volumes.mount(pod('p1'));
  await driver[Symbol.asyncDispose]();
  await volumes.until('the driver to go', () => volumes.client.stored(storageV1Resources.csinodes, 'n1')?.spec.drivers.length === 0);
  await expect(volumes.manager().unmountAll('p1')).rejects.toThrow(`UnmountVolume.TearDown failed for volume "pv1" : kubernetes.io/csi: Unmounter.TearDownAt failed to get CSI client: driver name ${DRIVER} not found in the list of registered CSI drivers`);
  expect(volumes.mounts()).toContain('kubelet/pods/p1/volumes/kubernetes.io~csi/pv1/mount');
}, 30_000);

test('a volume waits for its attachment, silently, and gets what the attachment tells', async () => {
  const driver = await register();
  putClaim({ driver: { attachRequired: true } });
  await expect(volumes.mount(pod('p1'))).rejects.toThrow('unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: context deadline exceeded');
  expect([volumes.events, volumes.manager().volumesInUse()]).toEqual([[], [`kubernetes.io/csi/${DRIVER}^handle-1`]]);
  const name = 'csi-3b4fb5f1c4f1'; // any: the agent asks for the name that follows from volume, driver and node
  volumes.client.put({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name }, spec: { attacher: DRIVER, nodeName: 'n1', source: {} }, status: { attached: false } });
  const { attachmentName } = await import('../src/volumes/csi/vol-data.ts');
  volumes.client.put({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name: attachmentName({ volumeHandle: 'handle-1', driverName: DRIVER, nodeName: 'n1' }) }, spec: { attacher: DRIVER, nodeName: 'n1', source: {} }, status: { attached: true, attachmentMetadata: { device: '/dev/x' } } });
  await systemClock.sleep(600); // its delay
  await volumes.mount(pod('p1'));
  expect(requestOf(driver, 'NodeStageVolume')).toMatchObject({ publishContext: { device: '/dev/x' } });
}, 30_000);

test('a failure of the driver is told once a delay, word for word, and leaves nothing behind', async () => {
  const driver = await register();
  putClaim();
  driver.fail('NodePublishVolume', { code: 'INVALID_ARGUMENT', message: 'no such volume' });
  await expect(volumes.mount(pod('p1'))).rejects.toThrow('unmounted volumes=[data]');
  await expect(volumes.mount(pod('p1'))).rejects.toThrow('unmounted volumes=[data]');
  expect(volumes.events).toEqual(['Warning FailedMount: MountVolume.SetUp failed for volume "pv1" : rpc error: code = InvalidArgument desc = no such volume']);
  expect(existsSync(`${volumes.podDir('p1')}/volumes/kubernetes.io~csi/pv1`)).toBe(false);
  driver.fail('NodePublishVolume', undefined);
  await systemClock.sleep(600); // its delay
  await volumes.mount(pod('p1'));
}, 30_000);

test('a volume of a pod\'s own gets tokens, is published again, and needs its driver\'s consent', async () => {
  const driver = await register({ capabilities: [] });
  putClaim({ driver: { requiresRepublish: true, tokenRequests: [{ audience: 'aud', expirationSeconds: 3600 }] } });
  const inline = pod('p1', { volumes: [{ name: 'data', csi: { driver: DRIVER, volumeAttributes: { x: 'y' }, readOnly: true } }] });
  expect((await volumes.mount(inline)).get('data')).toMatchObject({ readOnly: true });
  await volumes.mount(inline);
  expect(nodeCalls(driver)).toEqual(['NodePublishVolume', 'NodePublishVolume']);
  const request = requestOf(driver, 'NodePublishVolume');
  const { 'csi.storage.k8s.io/serviceAccount.tokens': tokens, ...context } = request['volumeContext'] as Record<string, string>;
  expect([context, JSON.parse(tokens ?? '')]).toEqual([expect.objectContaining({ x: 'y', 'csi.storage.k8s.io/ephemeral': 'true' }), { aud: { token: 'token-1-aud', expirationTimestamp: expect.any(String) } }]);
  expect(request['volumeId']).toMatch(/^csi-[0-9a-f]{64}$/);
  await volumes.manager().unmountAll('p1');
  putClaim({ driver: { volumeLifecycleModes: ['Persistent'] } });
  await systemClock.sleep(200); // for the change to be seen; without it the driver still consents and the test fails
  await expect(volumes.mount(pod('p2', { volumes: [{ name: 'data', csi: { driver: DRIVER } }] }))).rejects.toThrow('unmounted');
  expect(volumes.events.at(-1)).toBe(`Warning FailedMount: MountVolume.SetUp failed for volume "data" : kubernetes.io/csi: mounter.SetupAt failed to check volume lifecycle mode: volume mode "Ephemeral" not supported by driver ${DRIVER} (only supports ["Persistent"])`);
}, 30_000);

test('a raw device is linked into the pod\'s directory and taken away', async () => {
  const driver = await register();
  putClaim({ spec: { volumeMode: 'Block' } });
  const block = pod('p1', { containers: [{ name: 'c', volumeDevices: [{ name: 'data', devicePath: '/dev/xvda' }] }] });
  const device = (await volumes.mount(block)).get('data');
  expect(device).toMatchObject({ block: true, hostPath: `${volumes.podDir('p1')}/volumeDevices/kubernetes.io~csi/pv1` });
  expect(statSync(device?.hostPath ?? '').isCharacterDevice()).toBe(true);
  expect(requestOf(driver, 'NodePublishVolume')).toMatchObject({ volumeCapability: { block: {} } });
  await volumes.restart();
  await volumes.until('the registration with the new process', () => driver.notified.length > 1);
  await volumes.manager().unmountAll('p1');
  expect([nodeCalls(driver).slice(2), volumes.mounts(), existsSync(volumes.podDir('p1')), existsSync(`${volumes.dir}/kubelet/plugins/kubernetes.io/csi/volumeDevices/pv1`)]).toEqual([['NodeUnpublishVolume', 'NodeUnstageVolume'], [], false, false]);
}, 30_000);

test('a volume that has grown is grown on the node, and its claim says so', async () => {
  const driver = await register();
  putClaim({ spec: { capacity: { storage: '2Gi' } }, claim: { conditions: [{ type: 'FileSystemResizePending', status: 'True' }] } });
  await volumes.mount(pod('p1'));
  expect(requestOf(driver, 'NodeExpandVolume')).toMatchObject({ volumeId: 'handle-1', capacityRange: { requiredBytes: 2 * 2 ** 30 }, volumePath: expect.stringMatching(/pv1\/mount$/) });
  expect(volumes.client.stored(coreV1Resources.persistentvolumeclaims, 'default/claim')?.status).toMatchObject({ capacity: { storage: '2Gi' }, conditions: [] });
  expect(volumes.events).toEqual(['Normal FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "pv1" n1']);
  await volumes.mount(pod('p1'));
  expect(nodeCalls(driver).filter((method) => method === 'NodeExpandVolume')).toHaveLength(1);
}, 30_000);

test('the claims of a pod, and figures of its volumes', async () => {
  await register({ capabilities: ['STAGE_UNSTAGE_VOLUME', 'GET_VOLUME_STATS'] });
  putClaim();
  const mounted = await volumes.mount(pod('p1'));
  writeFileSync(`${mounted.get('data')?.hostPath ?? ''}/file`, 'x');
  expect(volumes.manager().claimedDirs('p1')).toEqual(new Map([['data', mounted.get('data')?.hostPath]]));
  expect([await volumes.manager().driverUsage('p1', 'data'), await volumes.manager().driverUsage('p1', 'none')]).toEqual([{ capacityBytes: 1000, usedBytes: 300, availableBytes: 700, inodes: 10, inodesFree: 7 }, undefined]);
  expect(await volumes.registry.metrics()).toMatch(new RegExp(`volume_manager_total_volumes{plugin_name="kubernetes.io/csi:${DRIVER}",state="actual_state_of_world"} 1[\\s\\S]*`));
  expect(await volumes.registry.metrics()).toMatch(/storage_operation_duration_seconds_count{volume_plugin="kubernetes.io\/csi",operation_name="volume_mount",status="success",migrated="false"} 1/);
}, 30_000);
