import { endpoint, routedPort } from '../../test/routed-port.fixture.ts';
import { readFlows, staleFlows, type Flow } from './stale-flows.ts';

const LISTING = `udp      17 29 src=10.244.0.9 dst=10.96.0.10 sport=4242 dport=53 [UNREPLIED] src=10.244.1.3 dst=10.244.0.9 sport=53 dport=4242 mark=0 use=1
udp      17 29 src=10.244.0.9 dst=10.96.0.10 sport=4243 dport=53 src=10.244.1.3 dst=10.244.0.9 sport=53 dport=4243 mark=0 use=1
udp      17 29 src=fd00::9 dst=fd00:0:0::a sport=1 dport=53 src=fd00::3 dst=fd00::9 sport=53 dport=1
conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.`;

test('readFlows tells who was asked and who answers, once for all clients', () => {
  expect(readFlows(LISTING)).toEqual([{ destination: '10.96.0.10', port: 53, replySource: '10.244.1.3', replyPort: 53 }, { destination: 'fd00::a', port: 53, replySource: 'fd00::3', replyPort: 53 }]);
});

const dns = { protocol: 'udp' as const, clusterIp: '10.96.0.10', port: 53, nodePort: 30_053, externalIps: ['198.51.100.1'] };
const serving = [endpoint('10.244.0.2', { port: 53 }), endpoint('10.244.0.4', { port: 53, ready: false, terminating: true })];
const flow = (facts: Partial<Flow>): Flow => ({ destination: '10.96.0.10', port: 53, replySource: '10.244.0.2', replyPort: 53, ...facts });

test.each<[string, Partial<Flow>, boolean]>([
  ['to an endpoint that is there', {}, false],
  ['to an endpoint that ends and serves', { replySource: '10.244.0.4' }, false],
  ['to an endpoint that went', { replySource: '10.244.0.3' }, true],
  ['to a port that the endpoint has no more', { replyPort: 5353 }, true],
  ['that nobody translated', { replySource: '10.96.0.10' }, true],
  ['to the external address', { destination: '198.51.100.1', replySource: '10.244.0.3' }, true],
  ['to the node port of any address', { destination: '10.0.0.1', port: 30_053, replySource: '10.0.0.1', replyPort: 30_053 }, true],
  ['to another address', { destination: '10.96.0.11', replySource: '10.96.0.11' }, false],
])('staleFlows judges a flow %s', (_, facts, stale) => { expect(staleFlows([flow(facts)], [routedPort(dns, serving)])).toHaveLength(stale ? 1 : 0); });

test('staleFlows leaves TCP alone, and services without endpoints', () => {
  const gone = flow({ replySource: '10.244.0.3' });
  expect([...staleFlows([gone], [routedPort({ ...dns, protocol: 'tcp' }, serving)]), ...staleFlows([gone], [routedPort(dns, [])])]).toEqual([]);
});
