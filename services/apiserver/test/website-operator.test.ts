import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { runOperator, type OperatorProcess } from '@kubernode/controller';
import { startEtcd } from '@kubernode/testing';
import { parse, parseAllDocuments } from 'yaml';
import { systemClock } from '@kubernode/base';
import { websiteController } from '../../../examples/website-operator/website-controller.ts';
import { startReplicas, TOKEN, type ReplicaUnderTest } from './api-servers.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../../examples/website-operator');
const WAIT_MAX_MS = 15_000;

/** Polls until the answer is as wanted. */
async function until(replica: ReplicaUnderTest, target: string, wanted: (answer: { status: number; json: Record<string, unknown> }) => boolean): Promise<Record<string, unknown>> {
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += 100) {
    const answer = await replica.request('GET', target);
    const json = answer.headers['content-type'] === 'application/json' ? answer.json<Record<string, unknown>>() : {}; // a group that is not served yet is a page that is not found
    if (wanted({ status: answer.status, json })) return json;
    await systemClock.sleep(100);
  }
  throw new Error(`${target} did not become what it should`);
}

test('the example operator serves websites of a real cluster over HTTPS, and gives its lease back when told to stop', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-operator-'));
  try {
    await using etcd = await startEtcd();
    await using servers = await startReplicas(1, [etcd.endpoint]);
    const replica = servers.replicas[0] as ReplicaUnderTest; // the one
    const [definition] = parseAllDocuments(await readFile(path.join(EXAMPLE, 'website.yaml'), 'utf8')).map((one) => one.toJS() as object); // a Kubernetes object
    expect((await replica.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition })).status).toBe(201);
    const site = '/apis/example.com/v1/namespaces/default/websites';
    await until(replica, site, ({ status }) => status === 200);

    const kubeconfig = path.join(folder, 'config');
    await writeFile(kubeconfig, JSON.stringify({ 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], clusters: [{ name: 'c', cluster: { server: replica.server, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: { token: TOKEN } }] }));
    const stops: (() => void)[] = [];
    const process: OperatorProcess = { argv: ['node', 'main.js', '--secure-port=0'], env: { KUBECONFIG: kubeconfig }, stdin: new PassThrough() as unknown as NodeJS.Process['stdin'], stdout: new PassThrough() as unknown as NodeJS.Process['stdout'], stderr: new PassThrough() as unknown as NodeJS.Process['stderr'], on: (_signal, listener) => { stops.push(listener); } }; // streams are enough
    const ended = runOperator({ name: 'website-operator', summary: 'Serves Websites', controllers: [websiteController] }, process);

    await replica.request('POST', site, { body: parse(await readFile(path.join(EXAMPLE, 'hello.yaml'), 'utf8')) as object }); // a Website
    expect(await until(replica, '/api/v1/namespaces/default/configmaps/hello', ({ status }) => status === 200)).toMatchObject({ data: { 'index.html': '<h1>Hello</h1>' } });
    expect(await until(replica, '/apis/apps/v1/namespaces/default/deployments/hello', ({ status }) => status === 200)).toMatchObject({ spec: { replicas: 2 } });
    expect(await until(replica, `${site}/hello`, ({ json }) => json['status'] !== undefined)).toMatchObject({ status: { readyReplicas: 0 } });
    await until(replica, '/api/v1/namespaces/default/events', ({ json }) => (json['items'] as { reason: string }[]).some(({ reason }) => reason === 'Published'));

    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/website-operator';
    const holder = (json: Record<string, unknown>): string => (json['spec'] as { holderIdentity: string }).holderIdentity;
    expect(holder(await until(replica, lease, ({ status }) => status === 200))).not.toBe('');
    stops[0]?.();
    expect(await ended).toBe(0);
    expect(holder((await replica.request('GET', lease)).json())).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
