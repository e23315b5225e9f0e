// What programs do with @kubernetes/client-node: typed calls, patches, watches, informers. Any difference ends it with an error.
import assert from 'node:assert/strict';
import { AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, makeInformer, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node';

const namespace = 'javascript';
const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);

await core.createNamespace({ body: { metadata: { name: namespace } } });
const events = [];
const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace, labelSelector: 'app=x' }), 'app=x');
for (const type of ['add', 'update', 'delete']) informer.on(type, (object) => events.push(`${type} ${object.metadata.name}`));
await informer.start();

const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a', labels: { app: 'x' } }, data: { k: 'v' } } });
assert.ok(created.metadata.creationTimestamp instanceof Date);
const merged = await core.patchNamespacedConfigMap({ name: 'a', namespace, body: { data: { l: 'w' } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
assert.deepEqual(merged.data, { k: 'v', l: 'w' });
const patched = await core.patchNamespacedConfigMap({ name: 'a', namespace, body: [{ op: 'remove', path: '/data/k' }] }, setHeaderOptions('Content-Type', PatchStrategy.JsonPatch));
assert.deepEqual(patched.data, { l: 'w' });
await assert.rejects(core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' } } }), ({ code, body }) => code === 409 && JSON.parse(body).reason === 'AlreadyExists');

const labels = { app: 'x' };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } } };
const objects = KubernetesObjectApi.makeApiClient(config);
await objects.create(deployment);
const applied = await objects.patch({ ...deployment, spec: { ...deployment.spec, replicas: 3 } }, undefined, undefined, 'javascript', true, PatchStrategy.ServerSideApply);
assert.equal(applied.spec.replicas, 3);
assert.equal((await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace })).items.length, 1);

const { metadata: { resourceVersion } } = await core.listNamespacedConfigMap({ namespace });
await core.deleteNamespacedConfigMap({ name: 'a', namespace });
const deleted = await new Promise((resolve, reject) => {
  void new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, { resourceVersion, timeoutSeconds: 5 }, (type, object) => { if (object.metadata.name === 'a') resolve(type); }, reject);
});
assert.equal(deleted, 'DELETED');
for (let waited = 0; !events.includes('delete a') && waited < 5000; waited += 50) await new Promise((resolve) => { setTimeout(resolve, 50); });
assert.equal(events[0], 'add a');
assert.equal(events.at(-1), 'delete a');
await informer.stop();
process.stdout.write('javascript client: ok\n');
process.exit(0); // the watch is still open
