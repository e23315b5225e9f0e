import { coreV1Resources, networkingV1Resources, type coreV1, type networkingV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createInformerFactory } from '@kubernode/client';
import { createRegistry, silentLogger } from '@kubernode/component-base';
import type { Iptables, IpSetTool } from '@kubernode/netfilter';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import type { HostFilter } from './apply-rules.ts';
import { runNetworkPolicy } from './run-network-policy.ts';

const policy: networkingV1.NetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'p', namespace: 'a' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }] },
};
const pod = (name: string, nodeName: string, ip: string): coreV1.Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'a', labels: { app: name } }, spec: { nodeName, containers: [] }, status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
});

/** A host that remembers what it was told; `faults` are thrown by the next restores. */
interface FakeHost extends HostFilter { calls: string[]; faults: Error[]; sizes: Map<string, number>; chains: Map<string, number> }

function fakeHost(): FakeHost {
  const calls: string[] = [];
  const faults: Error[] = [];
  const sizes = new Map<string, number>();
  const chains = new Map<string, number>();
  const iptables = (name: string): Iptables => ({
    async restore(input) {
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      calls.push(`${name} restore`);
      chains.clear();
      for (const [, chain = ''] of input.matchAll(/^:(\S+)/gm)) chains.set(chain, input.split('\n').filter((line) => line.startsWith(`-A ${chain} `)).length);
    },
    has: () => Promise.resolve(true),
    async ensureJump() { calls.push(`${name} jump`); },
    async removeJump() { calls.push(`${name} no jump`); },
    chains: () => Promise.resolve(new Map([['mangle', new Map(name === 'IPv4' ? chains : [])]])),
  });
  const ipset: IpSetTool = {
    async restore(input) {
      calls.push(...input.trim().split('\n').map((line) => line.replace(/KUBE-NP\S+/, 'SET').replace(/ maxelem.*| -exist/, '')));
      for (const [, name = ''] of input.matchAll(/^create (\S+)/gm)) sizes.set(name, 0);
      for (const [, change, name = ''] of input.matchAll(/^(add|del) (\S+)/gm)) sizes.set(name, (sizes.get(name) ?? 0) + (change === 'add' ? 1 : -1));
    },
    list: () => Promise.resolve(new Map()), sizes: () => Promise.resolve(sizes),
  };
  return { iptables: { IPv4: iptables('IPv4'), IPv6: iptables('IPv6') }, ipset, calls, faults, sizes, chains };
}

interface World extends AsyncDisposable { client: FakeClient; clock: FakeClock; host: FakeHost; registry: ReturnType<typeof createRegistry> }

function startWorld(objects: readonly object[]): World {
  const clock = createFakeClock();
  const client = createFakeClient([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }, ...objects], { now: () => clock.now() });
  const informers = createInformerFactory({ client, clock, rng: seededRng(1), logger: silentLogger });
  const [host, registry, stopping] = [fakeHost(), createRegistry(), new AbortController()];
  const running = Promise.allSettled([informers.run(stopping.signal), runNetworkPolicy({ informers, filter: host, clock, logger: silentLogger, registry, nodeName: 'here' }, stopping.signal)]);
  return { client, clock, host, registry, async [Symbol.asyncDispose]() { stopping.abort(); await running; } };
}

async function counted({ registry }: World, name: string): Promise<number | undefined> {
  return (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
}

test('nothing is done before the first policy, and then only what it needs', async () => {
  await using world = startWorld([pod('server', 'here', '10.0.0.1'), pod('friend', 'there', '10.0.0.2')]);
  await world.clock.advance(100);
  expect(world.host.calls).toEqual([]);
  await world.client.create(networkingV1Resources.networkpolicies, policy);
  await world.clock.advance(100);
  expect(world.host.calls).toEqual(['create SET hash:ip family inet', 'add SET 10.0.0.2', 'IPv4 restore', 'IPv4 jump']);
});

test('a pod elsewhere that goes changes a set alone, and the last policy takes all with it', async () => {
  await using world = startWorld([policy, pod('server', 'here', '10.0.0.1'), pod('friend', 'there', '10.0.0.2')]);
  await world.clock.advance(100);
  world.host.calls.length = 0;
  await world.client.delete(coreV1Resources.pods, { namespace: 'a', name: 'friend' });
  await world.clock.advance(100);
  expect(world.host.calls.splice(0)).toEqual(['del SET 10.0.0.2']);
  await world.client.delete(networkingV1Resources.networkpolicies, { namespace: 'a', name: 'p' });
  await world.clock.advance(100);
  expect(world.host.calls).toEqual(['IPv4 no jump', 'IPv4 restore', 'destroy SET']);
});

test('what the host refuses is tried again with all that is wanted', async () => {
  await using world = startWorld([policy, pod('server', 'here', '10.0.0.1')]);
  world.host.faults.push(new Error('resource temporarily unavailable'));
  await world.clock.advance(1200);
  expect([world.host.calls, await counted(world, 'network_policy_sync_failures_total')]).toEqual([['create SET hash:ip family inet', 'create SET hash:ip family inet', 'IPv4 restore', 'IPv4 jump'], 1]);
});

test('rules that others took out come back', async () => {
  await using world = startWorld([policy, pod('server', 'here', '10.0.0.1')]);
  await world.clock.advance(100);
  world.host.calls.length = 0;
  world.host.chains.clear();
  await world.clock.advance(31_000);
  expect([world.host.calls.includes('IPv4 restore'), await counted(world, 'network_policy_repairs_total')]).toEqual([true, 1]);
});
