import { seededRng, systemClock } from '@kubernode/base';
import { createInformerFactory, type RawResponse } from '@kubernode/client';
import { createAuthority, silentLogger } from '@kubernode/component-base';
import { createFakeClient } from '@kubernode/testing';
import { type ClusterTrustBundle, createTrustBundles } from './trust-bundles.ts';

const answer = (status: number, names: readonly string[]): RawResponse => ({ status, contentType: 'application/json', body: Buffer.from(JSON.stringify({ resources: names.map((name) => ({ name })) })), warnings: [] });

test('anchors: by name or by signer and labels, each certificate once; what is missing is told unless it may be', async () => {
  const issue = { now: systemClock.now(), rng: seededRng(1) };
  const [a = '', b = ''] = await Promise.all(['a', 'b'].map(async (commonName) => (await createAuthority({ commonName, lifetimeMs: 60_000 }, issue)).certificate.trim()));
  const bundle = (name: string, trustBundle: string, signerName?: string): ClusterTrustBundle => ({ apiVersion: 'certificates.k8s.io/v1beta1', kind: 'ClusterTrustBundle', metadata: { name, labels: { set: name.slice(0, 1) } }, spec: { trustBundle, ...(signerName !== undefined && { signerName }) } });
  const all = [bundle('one', `${a}\n${a}`), bundle('x1', a, 'ex.com/s'), bundle('x2', `comment\n${a}\n${b}`, 'ex.com/s'), bundle('y1', b, 'ex.com/s')];
  const lister = { list: () => all };
  const bundles = createTrustBundles({ client: { request: () => Promise.resolve(answer(200, ['clustertrustbundles'])) }, informers: { informer: () => ({ lister, synced: () => Promise.resolve() }) as unknown as never }, clock: systemClock, rng: seededRng(1) }); // all that is asked of one
  const anchors = async (projection: object): Promise<string[]> => (await bundles.anchors({ path: 'p', ...projection }).then(String, (error: Error) => error.message)).split(/\n(?=-----BEGIN)/).map((pem) => pem.trim()).sort();
  expect(await anchors({ name: 'one' })).toEqual([a]);
  expect(await anchors({ signerName: 'ex.com/s', labelSelector: { matchLabels: { set: 'x' } } })).toEqual([a, b].sort());
  expect(await anchors({ signerName: 'ex.com/s', labelSelector: { matchExpressions: [{ key: 'set', operator: 'In', values: ['y'] }] } })).toEqual([b]);
  expect(await anchors({ name: 'none' })).toEqual(['while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "none" not found']);
  expect(await anchors({ signerName: 'ex.com/s' })).toEqual(['combination of signerName and labelSelector matched zero ClusterTrustBundles']); // no selector selects nothing
  expect(await anchors({ signerName: 'ex.com/none', labelSelector: {}, optional: true })).toEqual(['']);
});

test.each([answer(404, []), answer(200, ['other'])])('anchors: servers without the kind: %#', async (response) => {
  const factory = createInformerFactory({ client: createFakeClient(), clock: systemClock, rng: seededRng(1), logger: silentLogger });
  const bundles = createTrustBundles({ client: { request: () => Promise.resolve(response) }, informers: factory, clock: systemClock, rng: seededRng(1) });
  await expect(bundles.anchors({ name: 'one', path: 'p' })).rejects.toThrow('ClusterTrustBundle projection is not supported in static kubelet mode');
});
