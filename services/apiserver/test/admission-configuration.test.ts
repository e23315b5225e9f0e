import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEtcd } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

const CONFIGURATION = `
kind: AdmissionConfiguration
apiVersion: apiserver.config.k8s.io/v1
plugins:
- name: EventRateLimit
  path: events.yaml
- name: PodSecurity
  configuration: {kind: PodSecurityConfiguration, apiVersion: pod-security.admission.config.k8s.io/v1, defaults: {enforce: baseline}, exemptions: {namespaces: [free]}}
`;
const LIMITS = `
kind: Configuration
apiVersion: eventratelimit.admission.k8s.io/v1alpha1
limits: [{type: Namespace, qps: 1, burst: 1}]
`;

test('plugins take what the configuration file says, and privileged pods need a flag', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-admission-'));
  try {
    await writeFile(path.join(folder, 'admission.yaml'), CONFIGURATION);
    await writeFile(path.join(folder, 'events.yaml'), LIMITS);
    await using etcd = await startEtcd();
    await using servers = await startReplicas(1, [etcd.endpoint], [`--admission-control-config-file=${folder}/admission.yaml`, '--enable-admission-plugins=EventRateLimit,AlwaysPullImages,NamespaceAutoProvision', '--disable-admission-plugins=ServiceAccount']);
    const { request } = servers.replicas[0] as ReplicaUnderTest; // the one
    const post = async (namespace: string, resource: string, body: object): Promise<{ code?: number; message?: string; spec?: object }> => (await request('POST', `/api/v1/namespaces/${namespace}/${resource}`, { body })).json();
    const pod = (fields: object, container: object = {}): object => ({ metadata: { generateName: 'p-' }, spec: { containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Never', ...container }], ...fields } });
    const event = (name: string): object => ({ metadata: { name }, involvedObject: { namespace: 'free' } });

    expect(await post('default', 'pods', pod({ hostPID: true }))).toMatchObject({ code: 403, message: expect.stringContaining('violates PodSecurity "baseline:latest": host namespaces (hostPID=true)') });
    expect(await post('free', 'pods', pod({ hostPID: true }))).toMatchObject({ spec: { hostPID: true, containers: [{ imagePullPolicy: 'Always' }] } }); // the namespace comes with it
    expect(await post('free', 'pods', pod({}, { securityContext: { privileged: true } }))).toMatchObject({ code: 422, message: expect.stringContaining('spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy') });
    await post('free', 'events', event('a'));
    expect(await post('free', 'events', event('b'))).toMatchObject({ code: 429, message: 'Too many requests: limit reached on type Namespace for key free' });
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
