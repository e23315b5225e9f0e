import type { coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { ServiceAccountTokens } from './service-account-tokens.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [], serviceAccountName: 'sa' } } as coreV1.Pod;
const HOUR_MS = 3_600_000;

function setUp(): { tokens: ServiceAccountTokens; clock: ReturnType<typeof createFakeClock>; asked: object[]; state: { fault: string | undefined } } {
  const clock = createFakeClock(0);
  const asked: object[] = [];
  const state: { fault: string | undefined } = { fault: undefined };
  const create = (_resource: unknown, body: { spec: { expirationSeconds: number } }): Promise<unknown> => {
    if (state.fault !== undefined) return Promise.reject(new Error(state.fault));
    asked.push(body.spec);
    return Promise.resolve({ spec: body.spec, status: { token: `t${asked.length}`, expirationTimestamp: new Date(clock.now() + body.spec.expirationSeconds * 1000).toISOString() } });
  };
  return { tokens: new ServiceAccountTokens({ client: { create: create as Client['create'] }, clock, rng: seededRng(1), logger: silentLogger }), clock, asked, state }; // the one call it makes
}

test('a token is asked for once, bound to its pod, also when several volumes want it at once', async () => {
  const { tokens, asked } = setUp();
  const got = await Promise.all([tokens.get(pod, {}), tokens.get(pod, {}), tokens.get(pod, { audience: 'a', expirationSeconds: 600 })]);
  expect(got.map(({ token }) => token)).toEqual(['t1', 't1', 't2']);
  expect(asked).toEqual([
    { audiences: [], expirationSeconds: 3600, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' } },
    { audiences: ['a'], expirationSeconds: 600, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' } },
  ]);
});

test('it is renewed when a fifth of its life is left, or after a day', async () => {
  const { tokens, clock, asked } = setUp();
  await tokens.get(pod, {});
  await clock.advance(0.8 * HOUR_MS - 11_000);
  await tokens.get(pod, {});
  expect(asked).toHaveLength(1);
  await clock.advance(11_000);
  await tokens.get(pod, {});
  expect(asked).toHaveLength(2);
  await tokens.get(pod, { expirationSeconds: 30 * 24 * 3600 });
  await clock.advance(24 * HOUR_MS);
  await tokens.get(pod, { expirationSeconds: 30 * 24 * 3600 });
  expect(asked).toHaveLength(4);
});

test('one that lives serves while renewals fail; a dead one does not', async () => {
  const { tokens, clock, state } = setUp();
  state.fault = 'no server';
  await expect(tokens.get(pod, {})).rejects.toThrow('failed to fetch token: no server');
  state.fault = undefined;
  await tokens.get(pod, {});
  state.fault = 'no server';
  await clock.advance(0.9 * HOUR_MS);
  expect((await tokens.get(pod, {})).token).toBe('t1');
  await clock.advance(0.2 * HOUR_MS);
  await expect(tokens.get(pod, {})).rejects.toThrow(/^token .* expired and refresh failed: no server$/);
});

test('a pod that ended is forgotten', async () => {
  const { tokens, asked } = setUp();
  await tokens.get(pod, {});
  tokens.forgetPod('u');
  await tokens.get(pod, {});
  expect(asked).toHaveLength(2);
});
