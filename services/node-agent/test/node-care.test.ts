import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { openCriChannel } from '@kubernode/rpc';
import { Registry } from 'prom-client';
import { createGrpcCriRuntime } from '../src/cri/grpc-cri-runtime.ts';
import type { Observation, Signal, SignalSource } from '../src/eviction/signals.ts';
import { ImageCollector } from '../src/images/image-collector.ts';
import { createNodeMetrics } from '../src/metrics.ts';
import { busyboxImage } from './busybox-image.ts';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { DEMO_IMAGE, PAUSE_IMAGE } from './images.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
let hostShutdown: AbortController;
const BRIDGE = 'kntest212';
const SLEEP = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];
const GIB = 2 ** 30;
const observed = new Map<Signal, Observation>();
const signals: SignalSource = {
  observe: () => Promise.resolve({ observations: new Map(observed), layout: { dedicatedImageFs: false, splitContainerFs: false } }),
  podUse: (pods) => Promise.resolve(new Map(pods.map((pod) => [pod.metadata.uid ?? '', { uid: pod.metadata.uid ?? '', memoryBytes: pod.metadata.name === 'hungry' ? GIB : 0, processes: 1, containers: [{ name: 'c', memoryBytes: pod.metadata.name === 'hungry' ? GIB : 0, rootfs: { bytes: 0, inodes: 0 }, logs: { bytes: 0, inodes: 0 } }], volumes: new Map() }]))),
};

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/node-care');
  hostShutdown = new AbortController();
  node = createTestNode(containerd, {
    podCidr: '10.212.0.0/24', bridge: BRIDGE, deps: { signals, hostShutdown: hostShutdown.signal },
    args: [`--pod-manifest-path=${containerd.dir}/manifests`, '--file-check-frequency=1s', '--eviction-pressure-transition-period=1s', '--shutdown-grace-period=10s', '--shutdown-grace-period-critical-pods=5s'],
  });
  mkdirSync(`${containerd.dir}/manifests`);
}, 30_000);

afterAll(async () => {
  await node.stop().catch(() => undefined); // a failed test may have ended it
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 30_000);

const manifest = (name: string): string => path.join(containerd.dir, 'manifests', name);
const started = (): number => (existsSync(`${containerd.dir}/started`) ? readFileSync(`${containerd.dir}/started`, 'utf8').split('\n').length - 1 : 0);
const staticPod = (text: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 2
  containers:
  - name: c
    image: ${DEMO_IMAGE}
    imagePullPolicy: IfNotPresent
    command: [sh, -c, 'echo ${text} >> /out/started; trap "exit 0" TERM; sleep 1000 & wait']
    volumeMounts: [{name: out, mountPath: /out}]
  volumes: [{name: out, hostPath: {path: ${containerd.dir}}}]
`;
const condition = (type: string): string | undefined => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.find((one) => one.type === type)?.status;
const mirror = (): coreV1.Pod | undefined => node.pod('web-n1');
const isReady = (name: string): boolean => node.pod(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

test('a static pod runs without an API server, and is shown there once there is one', async () => {
  node.client.onWrite = ({ resource }) => { if (resource === 'nodes') throw new Error('away'); };
  node.start();
  writeFileSync(manifest('web.yaml'), staticPod('one'));
  await node.until('the static pod to run', () => started() === 1);
  expect(node.client.stored(coreV1Resources.nodes, 'n1')).toBeUndefined();
  node.client.onWrite = undefined;
  await node.until('its mirror to be ready', () => isReady('web-n1'));
  const { uid } = node.client.stored(coreV1Resources.nodes, 'n1')?.metadata ?? {};
  expect(mirror()).toMatchObject({
    metadata: {
      labels: { app: 'web' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid, controller: true }],
      annotations: { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.hash': expect.stringMatching(/^[0-9a-f]{32}$/), 'kubernetes.io/config.mirror': mirror()?.metadata.annotations?.['kubernetes.io/config.hash'] },
    },
    spec: { nodeName: 'n1', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] }, status: { phase: 'Running', hostIP: '127.0.0.1' },
  });
}, 60_000);

test('a mirror that is deleted comes back; its pod does not notice', async () => {
  const before = mirror()?.metadata.uid;
  await node.client.delete(coreV1Resources.pods, { name: 'web-n1', namespace: 'default' }, { gracePeriodSeconds: 0 });
  await node.until('another mirror', () => mirror()?.metadata.uid !== before && isReady('web-n1'));
  expect(started()).toBe(1);
}, 30_000);

test('a restart of the agent adopts the static pod', async () => {
  await node.stop();
  node.start();
  await node.until('the node to be ready', () => condition('Ready') === 'True');
  await node.until('the static pod to be ready', () => isReady('web-n1'));
  expect(started()).toBe(1);
}, 30_000);

test('a changed manifest makes another pod after the first has ended; without a manifest there is none', async () => {
  const hash = mirror()?.metadata.annotations?.['kubernetes.io/config.hash'];
  writeFileSync(manifest('web.yaml'), staticPod('two'));
  await node.until('the new one', () => started() === 2 && mirror()?.metadata.annotations?.['kubernetes.io/config.hash'] !== hash && isReady('web-n1'), 30_000);
  rmSync(manifest('web.yaml'));
  await node.until('no mirror', () => mirror() === undefined);
  expect(readFileSync(`${containerd.dir}/started`, 'utf8')).toBe('one\ntwo\n');
}, 60_000);

test('under memory pressure the pod that uses more than it asked for is evicted, and no best-effort pod is taken', async () => {
  node.client.put(testPod('hungry', { terminationGracePeriodSeconds: 2, containers: [{ name: 'c', command: SLEEP }] }));
  node.client.put(testPod('modest', { containers: [{ name: 'c', command: SLEEP, resources: { requests: { memory: '1Mi' } } }] }));
  await node.until('both to be ready', () => isReady('hungry') && isReady('modest'));
  observed.set('memory.available', { available: 50 * 2 ** 20, capacity: 4 * GIB });
  await node.until('the eviction', () => node.pod('hungry')?.status?.phase === 'Failed', 40_000);
  observed.set('memory.available', { available: 60 * 2 ** 20, capacity: 4 * GIB });
  const message = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container c was using 1Gi, request is 0, has larger consumption of memory. ';
  expect(node.pod('hungry')?.status).toMatchObject({ reason: 'Evicted', message });
  await node.until('the condition', () => condition('MemoryPressure') === 'True');
  node.client.put(testPod('late', { containers: [{ name: 'c', command: SLEEP }] }));
  await node.until('the refusal', () => node.pod('late')?.status?.phase === 'Failed');
  expect(node.pod('late')?.status).toMatchObject({ reason: 'Evicted', message: 'Pod was rejected: The node had condition: [MemoryPressure]. ' });
  observed.clear();
  await node.until('the end of the pressure', () => condition('MemoryPressure') === 'False', 40_000);
  const told = node.client.all(coreV1Resources.events).map(({ reason, message: text }) => `${reason}: ${text}`);
  expect(told).toEqual(expect.arrayContaining(['EvictionThresholdMet: Attempting to reclaim memory', `Evicted: ${message}`, 'NodeHasInsufficientMemory: Node n1 status is now: NodeHasInsufficientMemory', 'NodeHasSufficientMemory: Node n1 status is now: NodeHasSufficientMemory']));
}, 120_000);

test('images that nothing uses go; those of containers and of sandboxes stay', async () => {
  node.client.put(testPod('user', { containers: [{ name: 'c', command: SLEEP }] }));
  await node.until('user to be ready', () => isReady('user'));
  const archive = path.join(containerd.dir, 'unused.tar');
  writeFileSync(archive, busyboxImage({ name: 'localhost/unused:1', config: { Cmd: ['unused'] } }));
  execFileSync('ctr', ['-a', containerd.socket, '-n', 'k8s.io', 'images', 'import', archive], { stdio: 'ignore' });
  const runtime = createGrpcCriRuntime({ channel: openCriChannel(containerd.socket, { clock: systemClock }), clock: systemClock, metrics: createNodeMetrics(new Registry()) });
  try {
    let nowMs = 1;
    const collector = new ImageCollector({
      runtime, policy: { highPercent: 85, lowPercent: 80, minAgeMs: 0, maxAgeMs: 0 }, disk: () => Promise.resolve({ capacity: 1, available: 1 }), volumeImages: () => [], warn: () => undefined,
      metrics: { collected: () => undefined }, clock: { ...systemClock, monotonicNow: () => nowMs++ }, logger: silentLogger,
    });
    await collector.deleteUnused();
    const names = (await runtime.images()).flatMap(({ tags }) => tags);
    expect([names.includes(DEMO_IMAGE), names.includes(PAUSE_IMAGE), names.includes('localhost/unused:1')]).toEqual([true, true, false]);
  } finally { runtime.close(); }
}, 60_000);

test("the host's shutdown ends pods with Kubernetes' words, and then the agent", async () => {
  hostShutdown.abort();
  await node.until('the end of the pods', () => node.pod('user')?.status?.phase === 'Failed');
  expect(node.pod('user')?.status).toMatchObject({ reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' });
  await node.stop();
}, 30_000);
