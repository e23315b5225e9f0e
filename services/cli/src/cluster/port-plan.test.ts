import { planPorts, type PortPlan } from './port-plan.ts';

function allPorts(plan: PortPlan): number[] {
  const three = [0, 1, 2];
  return [
    plan.front, plan.frontGrpc, plan.haproxyMetrics, plan.simulatedNodes,
    ...three.flatMap((i) => [...Object.values(plan.apiserver(i)), ...Object.values(plan.etcd(i)), plan.scheduler(i), plan.controllerManager(i), plan.kubelet(i), plan.kubeletHealth(i), ...Object.values(plan.kubeProxy(i)), plan.dns(i), plan.networkPolicy(i), plan.dnsMetrics(i)]),
  ];
}

test.each([443, 6443, 7443, 16_443, 30_000])('planPorts gives a cluster on %i ports of its own, all in range', (securePort) => {
  const ports = allPorts(planPorts(securePort));
  expect(new Set(ports).size).toBe(ports.length);
  expect(ports.every((port) => port > 0 && port < 65_536)).toBe(true);
});

test('planPorts keeps the usual ports for the default cluster', () => {
  const plan = planPorts(6443);
  expect([plan.etcd(0).client, plan.etcd(0).peer, plan.kubelet(0), plan.scheduler(0), plan.controllerManager(0)]).toEqual([2379, 2380, 10_250, 10_259, 10_257]);
});

test('planPorts keeps two clusters apart', () => {
  const [one, two] = [new Set(allPorts(planPorts(6443))), allPorts(planPorts(7443))];
  expect(two.filter((port) => one.has(port))).toEqual([]);
});
