import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { endpoint, routedPort } from '../../test/routed-port.fixture.ts';
import { ProxyHealth } from './proxy-health.ts';
import { checkedServices, ServiceHealth } from './service-health.ts';

const PORT = 22_061;
const ask = async (port: number): Promise<string> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    const { localEndpoints, serviceProxyHealthy } = await response.json() as { localEndpoints: number; serviceProxyHealthy: boolean }; // kube-proxy's answer
    return `${response.status} ${localEndpoints} ${serviceProxyHealthy} weight ${response.headers.get('x-load-balancing-endpoint-weight')}`;
  } catch { return 'closed'; }
};

test('a health check port says how many endpoints the node has, and goes with its service', async () => {
  let healthy = true;
  const failures: string[] = [];
  const health = new ServiceHealth({ addresses: ['127.0.0.1'], isProxyHealthy: () => healthy, logger: silentLogger, onFailure: ({ name }) => failures.push(name) });
  const services = (count: number, port = PORT) => checkedServices(new Map([['a/web', [routedPort({ healthCheckNodePort: port, externalLocal: true, nodePort: 30_000 }, Array.from({ length: count }, (_, i) => endpoint(`10.244.0.${i + 2}`, { isLocal: true })))]]]));
  await health.sync(services(2));
  expect(await ask(PORT)).toBe('200 2 true weight 2');
  await health.sync(services(0));
  expect(await ask(PORT)).toBe('503 0 true weight 0');
  healthy = false;
  await health.sync(services(1));
  expect(await ask(PORT)).toBe('503 1 false weight 1');
  await health.sync(new Map([...services(1), ['a/other', { namespace: 'a', name: 'other', port: PORT, endpoints: 1 }]]));
  expect(failures).toEqual(['other']);
  await health.sync(services(1, PORT + 1));
  expect([await ask(PORT), await ask(PORT + 1)]).toEqual(['closed', '503 1 false weight 1']);
  await health.close();
  expect(await ask(PORT + 1)).toBe('closed');
});

test('the proxy is unhealthy when a change waits for a minute, and unfit when its node is about to go', async () => {
  const clock = createFakeClock();
  const health = new ProxyHealth(clock);
  health.update('IPv4');
  health.queue('IPv4');
  await clock.advance(59_000);
  expect([health.healthy, health.healthz({ metadata: {} }).nodeEligible]).toEqual([true, true]);
  await clock.advance(2000);
  expect(health.livez()).toMatchObject({ healthy: false, status: { IPv4: { healthy: false } } });
  health.update('IPv4');
  expect([health.healthy, health.healthz({ metadata: {}, spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler' }] } }).nodeEligible, health.healthz(undefined).nodeEligible]).toEqual([true, false, false]);
});
