import type { Rng } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import { clusterIpResolver, endpointResolver } from './service-resolver.ts';

const SERVICES: Readonly<Record<string, object>> = {
  plain: { clusterIP: '10.0.0.1', ports: [{ name: 'web', port: 443 }] }, headless: { clusterIP: 'None', ports: [{ port: 443 }] }, elsewhere: { type: 'ExternalName', externalName: 'x.example.com' },
};
const SLICES = [
  { metadata: { name: 'a', labels: { 'kubernetes.io/service-name': 'plain' } }, addressType: 'IPv4', ports: [{ name: 'web', port: 8443 }], endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready: false } }, { addresses: ['10.1.0.2'] }] },
  { metadata: { name: 'b', labels: { 'kubernetes.io/service-name': 'other' } }, addressType: 'IPv4', ports: [{ name: 'web', port: 1 }], endpoints: [{ addresses: ['10.1.0.3'] }] },
];

const sources = (({ resource }: { resource: string }) => ({
  get: (_namespace: string, name: string): KubeObject | undefined => (SERVICES[name] === undefined ? undefined : { metadata: { name }, spec: SERVICES[name] } as unknown as KubeObject), // what is read of one
  list: () => (resource === 'endpointslices' ? SLICES : []),
})) as unknown as ObjectSources; // likewise
const rng = { next: () => 0 } as Rng; // the first always

describe.each<[string, ReturnType<typeof clusterIpResolver>, Record<string, object | string>]>([
  ['clusterIpResolver', clusterIpResolver(sources), { plain: { host: '10.0.0.1', port: 443 }, headless: 'cannot route to service with ClusterIP "None"', elsewhere: { host: 'x.example.com', port: 443 }, none: 'service "none" not found' }],
  ['endpointResolver', endpointResolver(sources, rng), { plain: { host: '10.1.0.2', port: 8443 }, headless: 'no endpoints available for service "headless"', elsewhere: 'unsupported service type "ExternalName"', none: 'service "none" not found' }],
])('%s', (_name, resolve, outcomes) => {
  it.each(Object.entries(outcomes))('%s', (name, outcome) => {
    const found = (): object => resolve({ namespace: 'n', name, port: 443 });
    if (typeof outcome === 'string') expect(found).toThrow(outcome);
    else expect(found()).toEqual(outcome);
  });

  it('knows ports of the service alone', () => {
    expect(() => resolve({ namespace: 'n', name: 'plain', port: 1 })).toThrow('no service port 1 found for service "plain"');
  });
});
