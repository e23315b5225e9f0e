import { parseClusterFile } from './cluster-file.ts';

const good = `apiVersion: deploy.kubernode.io/v1
kind: Cluster
metadata: {name: prod}
spec:
  bundle: kubernode.tar
  ssh: {user: admin, sudo: true, keyFile: id}
  machines:
    - {name: m1, address: 192.0.2.1, roles: [loadBalancer, etcd, controlPlane]}
    - {name: m2, address: 192.0.2.2, roles: [node], ssh: {port: 2222}, labels: {zone: a}, taints: ["dedicated=gpu:NoSchedule"]}
`;

test('parseClusterFile fills in what is left out, and takes paths from the file', () => {
  const ssh = { user: 'admin', sudo: true, keyFile: '/home/me/id' };
  expect(parseClusterFile(good, '/home/me/cluster.yaml')).toEqual({
    name: 'prod', endpoint: '192.0.2.1', bundle: '/home/me/kubernode.tar', stateDir: '/home/me/prod.state', ports: {}, values: {},
    networks: { pods: '10.244.0.0/16', services: '10.96.0.0/12', dns: '10.96.0.10', domain: 'cluster.local' },
    machines: [
      { name: 'm1', address: '192.0.2.1', roles: ['loadBalancer', 'etcd', 'controlPlane'], ssh: { ...ssh, port: 22 }, labels: {}, taints: [] },
      { name: 'm2', address: '192.0.2.2', roles: ['node'], ssh: { ...ssh, port: 2222 }, labels: { zone: 'a' }, taints: ['dedicated=gpu:NoSchedule'] },
    ],
  });
});

test('parseClusterFile names all faults at once, each with its path', () => {
  const bad = `apiVersion: v1
kind: Cluster
metadata: {name: Prod}
spec:
  bundel: x
  ports: {kubelet: 0}
  machines:
    - {name: m1, address: 192.0.2.1, roles: [etcd, worker]}
    - {name: m1, address: here, roles: [], labels: {a: 1}}
`;
  let message = '';
  try { parseClusterFile(bad, 'c.yaml'); } catch (error) { message = error instanceof Error ? error.message : ''; }
  expect(message.split('\n')).toEqual([
    'c.yaml is not a cluster that can be deployed:',
    '  apiVersion: want deploy.kubernode.io/v1',
    `  metadata.name: "Prod" is wrong; want lower-case letters, digits and '-'`,
    '  spec.bundel: unknown field (did you mean bundle?)',
    '  spec.machines[0].roles[1]: "worker" is wrong; want one of etcd, controlPlane, loadBalancer, node, monitoring',
    '  spec.machines[1].address: "here" is wrong; want an IPv4 address',
    '  spec.machines[1].roles: want a list of etcd, controlPlane, loadBalancer, node, monitoring',
    '  spec.machines[1].labels.a: want a text; put it in quotes',
    '  spec.bundle: is missing',
    '  spec.ports.kubelet: want a whole number from 1 to 65535',
    '  spec.machines[1].name: "m1" is taken by another machine',
    '  spec.machines: no machine has the role controlPlane',
    '  spec.machines: no machine has the role loadBalancer',
  ]);
});

test.each([
  ['two members of etcd', good.replace('roles: [node]', 'roles: [node, etcd]'), '2 machines have the role etcd'],
  ['a port twice', good.replace('  ssh: {user', '  ports: {kubelet: 7000, dns: 7000}\n  ssh: {user'), 'spec.ports.dns: 7000 is that of kubelet'],
  ['text that is no YAML', 'spec: [', 'is not a cluster'],
])('parseClusterFile refuses %s', (_, text, message) => {
  expect(() => parseClusterFile(text, 'c.yaml')).toThrow(message);
});
