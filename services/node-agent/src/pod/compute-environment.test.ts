import type { coreV1 } from '@kubernode/api';
import { aPod } from '../runtime/test-states.ts';
import { computeEnvironment, type ReferencedData } from './compute-environment.ts';
import { serviceVariables, visibleServices } from './service-variables.ts';

const data: ReferencedData = {
  configMap: (name) => (name === 'm' ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1', b: '2' } } : undefined),
  secret: (name) => (name === 's' ? { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { p: Buffer.from('word').toString('base64') } } : undefined),
};
const pod = aPod({ serviceAccountName: 'sa' }, { metadata: { labels: { app: 'x' } } });
const facts = { pod, hostIp: '192.0.2.1', podIps: ['10.0.0.5'], nodeAllocatable: { cpu: '2', memory: '1Gi' } };

const files: string[] = [];
function environment(container: Partial<coreV1.Container>, services: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(computeEnvironment({ container: { name: 'c', ...container }, facts, data, services: new Map(Object.entries(services)), envFile: (volume, path) => { files.push(`${volume}/${path}`); return "KEY='from a file'"; } }));
}

const cases: { what: string; container: Partial<coreV1.Container>; services?: Record<string, string>; want: Record<string, string> }[] = [
  { what: 'plain values and references to those before', container: { env: [{ name: 'A', value: 'x' }, { name: 'B', value: '$(A)-$(LATER)-$$(A)' }, { name: 'LATER', value: 'l' }] }, want: { A: 'x', B: 'x-$(LATER)-$(A)', LATER: 'l' } },
  { what: 'whole config maps and secrets, prefixed; own values win', container: { envFrom: [{ configMapRef: { name: 'm' }, prefix: 'M_' }, { secretRef: { name: 's' } }], env: [{ name: 'M_a', value: 'own' }] }, want: { M_a: 'own', M_b: '2', p: 'word' } },
  { what: 'single keys', container: { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'a' } } }, { name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'p' } } }] }, want: { A: '1', P: 'word' } },
  { what: 'optional ones that are not there are left out', container: { envFrom: [{ configMapRef: { name: 'none', optional: true } }], env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'z', optional: true } } }] }, want: {} },
  {
    what: 'fields of the pod',
    container: { env: Object.entries({ NAME: 'metadata.name', UID: 'metadata.uid', IP: 'status.podIP', HOST: 'status.hostIP', NODE: 'spec.nodeName', SA: 'spec.serviceAccountName', APP: "metadata.labels['app']" }).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })) },
    want: { NAME: 'p', UID: 'u', IP: '10.0.0.5', HOST: '192.0.2.1', NODE: 'n1', SA: 'sa', APP: 'x' },
  },
  {
    what: 'resources in units of the divisor, a missing limit being the node\'s',
    container: { resources: { requests: { cpu: '250m', memory: '64Mi' } }, env: [['R', 'requests.cpu', '1m'], ['C', 'requests.cpu', '1'], ['M', 'requests.memory', '1Mi'], ['L', 'limits.memory', '0']].map(([name = '', resource = '', divisor = '']) => ({ name, valueFrom: { resourceFieldRef: { resource, divisor } } })) },
    want: { R: '250', C: '1', M: '64', L: '1073741824' },
  },
  { what: 'keys of files; optional ones that are not there are left out', container: { env: [{ name: 'F', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'KEY' } } }, { name: 'G', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'NONE', optional: true } } }] }, want: { F: 'from a file' } },
  { what: 'services last: own names win', container: { env: [{ name: 'S', value: 'own' }] }, services: { S: 'svc', T: 't' }, want: { S: 'own', T: 't' } },
];
test.each(cases)('computeEnvironment: $what', ({ container, services, want }) => { expect(environment(container, services)).toEqual(want); });

test.each([
  ['configmap "none" not found', { envFrom: [{ configMapRef: { name: 'none' } }] }],
  ['secret "none" not found', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] }],
  ['environment variable key "NONE" not found in file "env"', { env: [{ name: 'G', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'NONE' } } }] }],
  ["couldn't find key z in ConfigMap ns/m", { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'z' } } }] }],
])('computeEnvironment refuses: %s', (message, container) => { expect(() => environment(container)).toThrow(message); });

test('serviceVariables: both dialects; visibleServices: the namespace\'s, and the API server\'s always', () => {
  const service = (namespace: string, name: string, spec: coreV1.ServiceSpec): coreV1.Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec });
  const all = [service('default', 'kubernetes', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }), service('ns', 'my-db', { clusterIP: '10.96.0.7', ports: [{ port: 53, protocol: 'UDP' }] }), service('ns', 'headless', { clusterIP: 'None', ports: [{ port: 1 }] }), service('other', 'x', { clusterIP: '10.96.0.9', ports: [{ port: 1 }] })];
  expect(Object.fromEntries(serviceVariables(visibleServices(all, { namespace: 'ns', serviceLinks: true })))).toEqual({
    KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443', KUBERNETES_SERVICE_PORT_HTTPS: '443', KUBERNETES_PORT: 'tcp://10.96.0.1:443', KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp', KUBERNETES_PORT_443_TCP_PORT: '443', KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
    MY_DB_SERVICE_HOST: '10.96.0.7', MY_DB_SERVICE_PORT: '53', MY_DB_PORT: 'udp://10.96.0.7:53', MY_DB_PORT_53_UDP: 'udp://10.96.0.7:53', MY_DB_PORT_53_UDP_PROTO: 'udp', MY_DB_PORT_53_UDP_PORT: '53', MY_DB_PORT_53_UDP_ADDR: '10.96.0.7',
  });
  expect(visibleServices(all, { namespace: 'ns', serviceLinks: false })).toHaveLength(1);
});
