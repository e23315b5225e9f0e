import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { authorizationV1Resources, coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;
const BRIDGE = 'kntest2';
const NAME = 'pvc-0f6b2c1e-8a4d-4a53-9a0e-3f1f7d5c2b90';
const CLAIMED = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/volumes');
  node = createTestNode(containerd, { podCidr: '10.201.2.0/24', bridge: BRIDGE });
  allowAll();
  node.start();
  await node.until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default', uid: 'u1' }, spec: { volumeName: NAME }, status: { phase: 'Bound' } });
  node.client.put({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: NAME }, spec: { claimRef: { uid: 'u1' }, hostPath: { path: dirOf(NAME), type: 'DirectoryOrCreate' } } });
}, 40_000);

afterAll(async () => {
  await node.stop();
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 30_000);

const dirOf = (name: string): string => `${node.dir}/volumes/${name}`;

/** The fake cluster has no authorizer: every review is answered with yes. */
function allowAll(): void {
  const create = node.client.create.bind(node.client);
  node.client.create = ((resource: { resource: string }, object: object, options: object) => (resource.resource === authorizationV1Resources.subjectaccessreviews.resource
    ? Promise.resolve({ ...object, status: { allowed: true } }) : create(resource as never, object, options))) as typeof node.client.create; // the fake's own signature
}

function removeVolume(name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: node.port(), path: `/localVolumes/${encodeURIComponent(name)}`, method: 'DELETE', rejectUnauthorized: false, agent: false }, (response) => { response.resume().on('end', () => resolve(response.statusCode ?? 0)); }).on('error', reject).end();
  });
}

const phase = (name: string): string | undefined => node.pod(name)?.status?.phase;

async function ended(name: string): Promise<void> {
  const { uid = '' } = node.pod(name)?.metadata ?? {};
  await node.client.delete(coreV1Resources.pods, { name, namespace: 'default' });
  await node.until(`${name} to leave nothing behind`, () => !existsSync(`${node.dir}/kubelet/pods/${uid}`));
}

test('what a pod wrote to its claim is there for the next one, until the volume is deleted', async () => {
  const write = { name: 'c', command: ['sh', '-c', 'echo kept > /data/file'], securityContext: { runAsUser: 1000 }, volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  node.client.put(testPod('writer', { ...CLAIMED, restartPolicy: 'Never', containers: [write] }));
  await node.until('writer to succeed', () => phase('writer') === 'Succeeded');
  await ended('writer');
  node.client.put(testPod('reader', { ...CLAIMED, restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [{ ...write, command: ['sh', '-c', 'grep kept /data/file && sleep 1000'] }] }));
  await node.until('reader to run', () => phase('reader') === 'Running');
  expect([readFileSync(`${dirOf(NAME)}/file`, 'utf8'), await removeVolume(NAME), await removeVolume('../kubelet')]).toEqual(['kept\n', 409, 400]);
  await ended('reader');
  for (let attempt = 0; attempt < 100 && await removeVolume(NAME) === 409; attempt++) await systemClock.sleep(50);
  expect([existsSync(dirOf(NAME)), await removeVolume(NAME), existsSync(`${node.dir}/kubelet`)]).toEqual([false, 200, true]);
}, 60_000);
