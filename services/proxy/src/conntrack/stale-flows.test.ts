import type { ServicePort } from '../topology/service-port.ts';
import { staleFlows } from './stale-flows.ts';

const dns = (endpoints: string[], protocol: 'udp' | 'tcp' = 'udp'): ServicePort => ({
  name: 'kube-system/dns', protocol, clusterIp: '10.96.0.10', port: 53, nodePort: 0, externalIps: [], loadBalancerIps: [], affinitySeconds: 0, internalLocal: false, externalLocal: false, endpoints, localEndpoints: [],
});

test.each([
  ['an endpoint that went', [dns(['10.0.0.1:53', '10.0.0.2:53'])], [dns(['10.0.0.2:53'])], [{ destination: '10.96.0.10', port: 53, endpoint: '10.0.0.1' }]],
  ['a service that went', [dns(['10.0.0.1:53'])], [], [{ destination: '10.96.0.10', port: 53, endpoint: '10.0.0.1' }]],
  ['a first endpoint', [dns([])], [dns(['10.0.0.1:53'])], [{ destination: '10.96.0.10', port: 53 }]],
  ['nothing', [dns(['10.0.0.1:53'])], [dns(['10.0.0.1:53'])], []],
  ['TCP', [dns(['10.0.0.1:53'], 'tcp')], [], []],
])('staleFlows after %s', (_, before, after, flows) => { expect(staleFlows(before, after)).toEqual(flows); });
