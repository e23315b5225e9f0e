import { coreV1Resources } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

let containerd: TestContainerd;
let node: TestNode;

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/lifecycle');
  node = createTestNode(containerd, { podCidr: '10.201.0.0/24', bridge: 'kntest0' });
  node.start();
  await node.until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
}, 30_000);

afterAll(async () => {
  await node.stop();
  await containerd.stop();
}, 30_000);

const isReady = (name: string): boolean => node.pod(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

test('a pod with two containers gets ready, with one address for both', async () => {
  const startMs = systemClock.now();
  node.client.put(testPod('two', { containers: [{ name: 'a', command: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'] }, { name: 'b', command: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'] }] }));
  await node.until('two to be ready', () => isReady('two'));
  process.stderr.write(`ready after ${systemClock.now() - startMs} ms\n`);
  expect(node.pod('two')?.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.201\.0\./), containerStatuses: [{ name: 'a', ready: true, started: true, restartCount: 0 }, { name: 'b', ready: true }] });
}, 30_000);
