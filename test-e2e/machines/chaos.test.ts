// A cluster of machines that are network namespaces, under a workload whose history is checked after each fault: a short selection of those that
// `make chaos` has (docs/chaos.md).
import { seededRng } from '@kubernode/base';
import { ChaosCluster } from '../chaos/cluster/chaos-cluster.ts';
import { NamespacesBackend } from '../chaos/cluster/namespaces-backend.ts';
import { fullSize } from '../chaos/cluster/topology.ts';
import { faultsFor } from '../chaos/faults/fault-table.ts';
import { describeResult } from '../chaos/run/describe-result.ts';
import { runFault } from '../chaos/run/run-fault.ts';
import { Workload } from '../chaos/workload/workload.ts';

const SEED = 1;
const cluster = new ChaosCluster({ prefix: 'kchaos', subnet: '198.19.77', sizes: { ...fullSize, nodes: 2 }, backend: (given) => new NamespacesBackend(given) });
const rng = seededRng(SEED);
let workload: Workload | undefined;

beforeAll(async () => {
  await cluster.up();
  workload = new Workload({ cluster, seed: SEED, pulseEveryMs: 40, registers: 3 });
  await workload.start();
}, 240_000);

afterAll(async () => {
  await workload?.stop();
  await cluster[Symbol.asyncDispose]();
}, 120_000);

/** Much longer than any of them is felt on a machine of its own; docs/FAILOVER.md has figures. */
const RECOVERY_MS_MAX = 30_000;

test.each([
  ['apiserver-kill'], ['apiserver-freeze'], ['etcd-leader-kill'], ['apiserver-etcd-from'], ['scheduler-kill'], ['controller-manager-freeze'], ['apiserver-clock'], ['load-balancer-restart'],
].map(([name = ''], number) => ({ name, number })))('$name: nothing acknowledged is lost, histories are linearizable, watches complete, one leader acts, everything converges', async ({ name, number }) => {
  const [fault] = faultsFor(cluster, [name]);
  if (fault === undefined || workload === undefined) throw new Error(`this cluster cannot have ${name}`);
  const result = await runFault({ fault, cluster, workload, rng, number });
  expect([describeResult(result), result.verdict.findings]).toEqual([describeResult(result), []]);
  expect(result.verdict.writesLost).toBe(0);
  expect(result.verdict.checked.writes).toBeGreaterThan(20);
  expect(result.recoveryMs).toBeLessThan(RECOVERY_MS_MAX);
}, 180_000);
