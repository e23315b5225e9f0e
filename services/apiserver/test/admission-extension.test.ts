import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEtcd } from '@kubernode/testing';
import { transform } from 'esbuild';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../../examples/admission-extension');
const FAULTY = `export default () => ({
  name: 'Faulty',
  validate: ({ resource, name }) => {
    if (resource === 'configmaps' && name === 'throws') throw new Error('oops');
    if (resource === 'configmaps' && name === 'waits') return new Promise(() => {});
  },
});`;
const container = { name: 'c', image: 'i' };
const deployment = (labels: object): object => ({ metadata: { name: 'd', labels }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } } } });

test('extensions refuse, warn and change; faulty ones answer 500 and the server goes on', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-extension-'));
  try {
    const { code } = await transform(await readFile(path.join(EXAMPLE, 'owner-label.ts'), 'utf8'), { loader: 'ts', format: 'esm' });
    await writeFile(path.join(folder, 'owner-label.mjs'), code);
    await writeFile(path.join(folder, 'faulty.mjs'), FAULTY);
    await using etcd = await startEtcd();
    await using servers = await startReplicas(1, [etcd.endpoint], [
      `--admission-extension=${folder}/owner-label.mjs=${EXAMPLE}/owner-label.yaml`, `--admission-extension=${folder}/faulty.mjs`, '--admission-extension-timeout=200ms', '--disable-admission-plugins=ServiceAccount',
    ]);
    const { request } = servers.replicas[0] as ReplicaUnderTest; // the one
    const deployments = '/apis/apps/v1/namespaces/default/deployments';

    const refused = await request('POST', deployments, { body: deployment({}) });
    expect(refused.json()).toMatchObject({ code: 403, reason: 'Forbidden', message: 'deployments.apps "d" is forbidden: metadata.labels[example.com/owner] has to say who owns it' });
    const warned = await request('POST', deployments, { body: deployment({ 'example.com/owner': 'nobody' }) });
    expect([warned.status, warned.headers['warning']]).toEqual([201, '299 - "nobody knows the team \\"nobody\\""']);

    const pod = await request('POST', '/api/v1/namespaces/default/pods', { body: { metadata: { name: 'p', labels: { 'example.com/owner': 'payments' } }, spec: { containers: [container] } } });
    expect([pod.status, pod.json<{ spec: object }>().spec]).toMatchObject([201, { priorityClassName: 'system-cluster-critical' }]);

    const answers = [];
    for (const name of ['throws', 'waits', 'fine']) answers.push(await request('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name } } }));
    expect(answers.map((answer) => [answer.status, answer.json<{ message?: string }>().message])).toEqual([
      [500, 'Internal error occurred: admission extension "Faulty" failed: oops'], [500, 'Internal error occurred: admission extension "Faulty" did not answer within 0.2 s'], [201, undefined],
    ]);
    const metrics = (await request('GET', '/metrics')).body.toString('utf8');
    expect(metrics).toContain('kubernode_admission_extension_failures_total{name="Faulty",type="validate",reason="timeout"} 1');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
