// What Kubernetes' conformance tests say about single pods, seen from inside them: all cases run side by side on one node.
import { rmSync } from 'node:fs';
import type { coreV1 } from '@kubernode/api';
import { emptyDirCases } from './conformance/empty-dir-cases.ts';
import { environmentCases } from './conformance/environment-cases.ts';
import type { CaseContainer, PodCase } from './conformance/pod-case.ts';
import { processCases } from './conformance/process-cases.ts';
import { volumeCases } from './conformance/volume-cases.ts';
import { TestCluster } from './framework/cluster.ts';
import { eventually } from './framework/run.ts';

const NAMESPACE = 'conformance';
const cluster = new TestCluster(6500, ['--replicas=1']);
const cases = [...environmentCases, ...processCases, ...volumeCases, ...emptyDirCases].map((one, index) => ({ ...one, id: `case-${index}` }));
const pods = new Map<string, coreV1.Pod>();

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const named = (container: CaseContainer, name: string): object => ({ name, image: 'localhost/kubernode-demo:1', imagePullPolicy: 'Never', ...container });

function podOf({ id, spec, metadata }: PodCase & { id: string }): object {
  const { containers, initContainers = [], ...rest } = spec(id);
  const numbered = (given: readonly CaseContainer[], first: string): object[] => given.map((container, index) => named(container, index === 0 ? first : `${first}-${index}`));
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: id, ...metadata },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, ...rest, containers: numbered(containers, 'main'), initContainers: numbered(initContainers, 'init') },
  };
}

async function readPods(): Promise<readonly coreV1.Pod[]> {
  const { items } = JSON.parse(await cluster.kubectl(`get pods -n ${NAMESPACE} -o json`)) as coreV1.PodList; // as kubectl prints lists
  for (const pod of items) pods.set(pod.metadata.name ?? '', pod);
  return items;
}

const isOver = ({ status }: coreV1.Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  await cluster.kubectl(`create namespace ${NAMESPACE}`);
  await eventually('the default account', async () => (await cluster.kubectlResult(`get serviceaccount default -n ${NAMESPACE}`)).status === 0);
  await cluster.kubectl(`create -n ${NAMESPACE} -f -`, list(cases.flatMap((one) => [...(one.objects?.(one.id) ?? [])])));
  await cluster.kubectl(`create -n ${NAMESPACE} -f -`, list(cases.map(podOf)));
  const changing = cases.filter(({ change }) => change !== undefined).map(({ id }) => id);
  await eventually('pods that wait for a change', async () => {
    const seen = await readPods();
    return changing.every((id) => seen.some(({ metadata, status: of }) => metadata.name === id && of?.phase === 'Running'));
  }, 180_000);
  for (const { id, change } of cases) {
    for (const { object, patch } of change?.(id) ?? []) await cluster.kubectl(`patch -n ${NAMESPACE} ${object} --type=merge --patch=${JSON.stringify(patch)}`); // patches have no spaces
  }
  await eventually('the ends of all pods', async () => (await readPods()).every(isOver), 180_000).catch(() => undefined); // each test says what its pod lacks
}, 420_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

test.each(cases)('$name', async ({ id, log, phase = 'Succeeded' }) => {
  const pod = pods.get(id);
  const printed = await cluster.kubectlResult(`logs -n ${NAMESPACE} ${id} -c main`);
  if (pod?.status?.phase !== phase) throw new Error(`${phase} was expected of ${JSON.stringify(pod?.status)}, which printed ${JSON.stringify(printed)}`);
  for (const one of log) {
    if (typeof one === 'string' && one.startsWith('!')) expect(printed.stdout).not.toContain(one.slice(1));
    else if (typeof one === 'string') expect(printed.stdout).toContain(one);
    else expect(printed.stdout).toMatch(one);
  }
}, 30_000);

test('each case is named once, as Kubernetes names it', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  for (const { name } of cases) expect(name).toMatch(/^\[sig-[a-z]+\] .* \[Conformance\]$/);
});
