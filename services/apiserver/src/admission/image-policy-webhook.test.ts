import { createFakeClock } from '@kubernode/testing';
import type { AdmissionAttributes } from './admission.ts';
import { imagePolicyPlugin, readImagePolicyConfiguration } from './image-policy-webhook.ts';

const configuration = (more = ''): string => `imagePolicy: {kubeConfigFile: /k, allowTTL: 10, denyTTL: 20${more}}`;

function harness(answer: () => object, more = ''): { judge(subresource?: string): Promise<unknown>; reviews: unknown[]; notes: string[]; object: { metadata: { annotations: object } }; clock: ReturnType<typeof createFakeClock> } {
  const clock = createFakeClock();
  const reviews: unknown[] = [];
  const notes: string[] = [];
  const object = { metadata: { name: 'x', annotations: { 'a.image-policy.k8s.io/b': 'c', d: 'e' } }, spec: { containers: [{ image: 'i' }], initContainers: [{ image: 'j' }], ephemeralContainers: [{ image: 'k' }] } };
  const plugin = imagePolicyPlugin(readImagePolicyConfiguration(configuration(more)), { clock, webhook: { review: async (review) => { reviews.push(review.spec); return answer() as Record<string, unknown>; } } });
  const judge = async (subresource = ''): Promise<unknown> => {
    const attributes = { operation: 'CREATE', group: '', resource: 'pods', subresource, namespace: 'n', name: 'x', object, annotate: (key: string, value: string) => { notes.push(`${key}=${value}`); } } as unknown as AdmissionAttributes; // what is looked at
    try { await plugin.validate?.(attributes); return undefined; } catch (error) { return (error as Error).message; }
  };
  return { judge, reviews, notes, object, clock };
}

test('asks once for the same images while the answer holds, and passes on what is to be audited', async () => {
  const { judge, reviews, notes, clock } = harness(() => ({ allowed: true, auditAnnotations: { seen: 'yes' } }));
  expect([await judge(), await judge(), reviews]).toEqual([undefined, undefined, [{ containers: [{ image: 'i' }, { image: 'j' }], annotations: { 'a.image-policy.k8s.io/b': 'c' }, namespace: 'n' }]]);
  await clock.advance(10_000);
  await judge('ephemeralcontainers');
  await judge('status');
  expect([reviews.length, reviews[1], notes[0]]).toEqual([2, { containers: [{ image: 'k' }], annotations: { 'a.image-policy.k8s.io/b': 'c' }, namespace: 'n' }, 'imagepolicywebhook.image-policy.k8s.io/seen=yes']);
});

test.each([[{ allowed: false, reason: 'old' }, 'pods "x" is forbidden: image policy webhook backend denied one or more images: old'], [{}, 'pods "x" is forbidden: one or more images rejected by webhook backend']])('refuses by %j', async (status, expected) => {
  expect(await harness(() => status).judge()).toBe(expected);
});

test('a failure refuses, or is passed over and told of', async () => {
  const fail = (): never => { throw new Error('gone'); };
  const open = harness(fail, ', defaultAllow: true');
  expect([await harness(fail).judge(), await open.judge(), open.notes, open.object.metadata.annotations]).toEqual(['pods "x" is forbidden: gone', undefined, ['imagepolicywebhook.image-policy.k8s.io/failed-open=true'], { 'a.image-policy.k8s.io/b': 'c', d: 'e', 'alpha.image-policy.k8s.io/failed-open': 'true' }]);
});

test('the configuration has bounds', () => {
  expect(readImagePolicyConfiguration('imagePolicy: {kubeConfigFile: /k, denyTTL: -1}')).toEqual({ kubeConfigFile: '/k', allowTtlMs: 300_000, denyTtlMs: 0, retryBackoffMs: 500, defaultAllow: false });
  expect(() => readImagePolicyConfiguration('imagePolicy: {allowTTL: 3600}')).toThrow('valid value is between 1s and 30m0s, got 1h0m0s');
  expect(() => readImagePolicyConfiguration(undefined)).toThrow('no config specified');
});
