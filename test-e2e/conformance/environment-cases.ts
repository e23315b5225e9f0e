import { CONFORMANCE, NODE, type PodCase } from './pod-case.ts';

const env = { command: ['env'] };
const configMap = (name: string, data: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const secret = (name: string, data: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: data });
const field = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, of: string): object => ({ name, valueFrom: { resourceFieldRef: { resource: of } } });
const AN_ADDRESS = '\\d+\\.\\d+\\.\\d+\\.\\d+';

/** What a container finds in its environment, command and arguments. */
export const environmentCases: readonly PodCase[] = [
  {
    name: `[sig-node] ConfigMap should be consumable via environment variable ${NODE}`,
    objects: (id) => [configMap(id, { data: 'value-1' })],
    spec: (id) => ({ containers: [{ ...env, env: [{ name: 'CONFIG_DATA', valueFrom: { configMapKeyRef: { name: id, key: 'data' } } }] }] }),
    log: [/^CONFIG_DATA=value-1$/m],
  },
  {
    name: `[sig-node] ConfigMap should be consumable via the environment ${NODE}`,
    objects: (id) => [configMap(id, { one: 'value-1', two: 'value-2' })],
    spec: (id) => ({ containers: [{ ...env, envFrom: [{ configMapRef: { name: id } }, { prefix: 'p_', configMapRef: { name: id } }] }] }),
    log: [/^one=value-1$/m, /^two=value-2$/m, /^p_one=value-1$/m],
  },
  {
    name: `[sig-node] ConfigMap should be consumable as environment variable names with various prefixes ${CONFORMANCE}`,
    objects: (id) => [configMap(id, { data: 'v' })],
    spec: (id) => ({ containers: [{ ...env, envFrom: ['p-', '.p.', '-', '#!'].map((prefix) => ({ prefix, configMapRef: { name: id } })) }] }),
    log: [/^p-data=v$/m, /^\.p\.data=v$/m, /^-data=v$/m, /^#!data=v$/m],
  },
  {
    name: `[sig-node] Secrets should be consumable from pods in env vars ${NODE}`,
    objects: (id) => [secret(id, { data: 'value-1' })],
    spec: (id) => ({ containers: [{ ...env, env: [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: id, key: 'data' } } }] }] }),
    log: [/^SECRET_DATA=value-1$/m],
  },
  {
    name: `[sig-node] Secrets should be consumable via the environment ${NODE}`,
    objects: (id) => [secret(id, { one: 'value-1', two: 'value-2' })],
    spec: (id) => ({ containers: [{ ...env, envFrom: [{ secretRef: { name: id } }, { prefix: 'p_', secretRef: { name: id } }] }] }),
    log: [/^one=value-1$/m, /^two=value-2$/m, /^p_two=value-2$/m],
  },
  {
    name: `[sig-node] Secrets should be consumable as environment variable names variable names with various prefixes ${CONFORMANCE}`,
    objects: (id) => [secret(id, { data: 'v' })],
    spec: (id) => ({ containers: [{ ...env, envFrom: ['p-', '.p.', '-', '#!'].map((prefix) => ({ prefix, secretRef: { name: id } })) }] }),
    log: [/^p-data=v$/m, /^\.p\.data=v$/m, /^-data=v$/m, /^#!data=v$/m],
  },
  {
    name: `[sig-node] Downward API should provide pod name, namespace and IP address as env vars ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [field('POD', 'metadata.name'), field('NS', 'metadata.namespace'), field('IP', 'status.podIP')] as never }] }), // literals of the same shape
    log: [/^POD=case-\d+$/m, /^NS=conformance$/m, new RegExp(`^IP=${AN_ADDRESS}$`, 'm')],
  },
  {
    name: `[sig-node] Downward API should provide host IP as an env var ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [field('HOST', 'status.hostIP')] as never }] }), // as above
    log: [new RegExp(`^HOST=${AN_ADDRESS}$`, 'm')],
  },
  {
    name: `[sig-node] Downward API should provide hostIPs as an env var ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [field('HOSTS', 'status.hostIPs')] as never }] }), // as above
    log: [new RegExp(`^HOSTS=${AN_ADDRESS}`, 'm')],
  },
  {
    name: `[sig-node] Downward API should provide pod UID as env vars ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [field('UID_', 'metadata.uid')] as never }] }), // as above
    log: [/^UID_=[0-9a-f]{8}-[0-9a-f]{4}-/m],
  },
  {
    name: `[sig-node] Downward API should provide container's limits.cpu/memory and requests.cpu/memory as env vars ${NODE}`,
    spec: () => ({ containers: [{ ...env, resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } }, env: [resource('LC', 'limits.cpu'), resource('LM', 'limits.memory'), resource('RC', 'requests.cpu'), resource('RM', 'requests.memory')] as never }] }), // as above
    log: [/^LC=2$/m, /^LM=67108864$/m, /^RC=1$/m, /^RM=33554432$/m],
  },
  {
    name: `[sig-node] Downward API should provide default limits.cpu/memory from node allocatable ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [resource('LC', 'limits.cpu'), resource('LM', 'limits.memory')] as never }] }), // as above
    log: [/^LC=[1-9]\d*$/m, /^LM=[1-9]\d{8,}$/m],
  },
  {
    name: `[sig-node] Variable Expansion should allow composing env vars into new env vars ${NODE}`,
    spec: () => ({ containers: [{ ...env, env: [{ name: 'FOO', value: 'foo' }, { name: 'BAR', value: 'bar' }, { name: 'BOTH', value: '$(FOO);;$(BAR) $$(FOO) $(NONE)' }] }] }),
    log: [/^BOTH=foo;;bar \$\(FOO\) \$\(NONE\)$/m],
  },
  {
    name: `[sig-node] Variable Expansion should allow substituting values in a container's command ${NODE}`,
    spec: () => ({ containers: [{ command: ['sh', '-c', 'TEST=wrong; echo "$(TEST)"'], env: [{ name: 'TEST', value: 'right' }] }] }),
    log: [/^right$/m],
  },
  {
    name: `[sig-node] Variable Expansion should allow substituting values in a container's args ${NODE}`,
    spec: () => ({ containers: [{ command: ['sh', '-c'], args: ['TEST=wrong; echo "$(TEST)"'], env: [{ name: 'TEST', value: 'right' }] }] }),
    log: [/^right$/m],
  },
  {
    name: `[sig-node] Containers should be able to override the image's default command (container entrypoint) ${NODE}`,
    spec: () => ({ containers: [{ command: ['echo', 'command'] }] }),
    log: [/^command$/m],
  },
  {
    name: `[sig-node] Containers should be able to override the image's default command and arguments ${NODE}`,
    spec: () => ({ containers: [{ command: ['echo'], args: ['command', 'and', 'arguments'] }] }),
    log: [/^command and arguments$/m],
  },
  {
    name: `[sig-node] Pods should contain environment variables for services ${NODE}`,
    spec: () => ({ containers: [env] }),
    log: [/^KUBERNETES_SERVICE_HOST=/m, /^KUBERNETES_PORT_443_TCP_PROTO=tcp$/m, /^KUBERNETES_SERVICE_PORT_HTTPS=443$/m],
  },
];
