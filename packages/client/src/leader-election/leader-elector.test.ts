import { coordinationV1Resources } from '@kubernode/api';
import { seededRng, whenAborted } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { LeaderElector } from './leader-elector.ts';

const KEY = 'kube-system/x';

interface Candidate { stop: AbortController; ended: Promise<void>; leads: boolean }

function start(client: FakeClient, clock: FakeClock, identity: string): Candidate {
  const stop = new AbortController();
  const elector = new LeaderElector({ client, clock, rng: seededRng(1), logger: silentLogger, namespace: 'kube-system', name: 'x', identity });
  const candidate: Candidate = { stop, leads: false, ended: Promise.resolve() };
  candidate.ended = elector.run(stop.signal, async (signal) => {
    candidate.leads = true;
    await whenAborted(signal);
    candidate.leads = false;
  });
  return candidate;
}

const holder = (client: FakeClient): [string | undefined, number | undefined] => {
  const spec = client.stored(coordinationV1Resources.leases, KEY)?.spec;
  return [spec?.holderIdentity, spec?.leaseTransitions];
};

test('one of two leads; a clean stop hands over within half a second', async () => {
  const client = createFakeClient();
  const clock = createFakeClock();
  const a = start(client, clock, 'a');
  await clock.advance(500);
  const b = start(client, clock, 'b');
  await clock.advance(30_000);
  expect([a.leads, b.leads, holder(client)]).toEqual([true, false, ['a', 0]]);
  a.stop.abort();
  await clock.advance(500);
  expect([a.leads, b.leads, holder(client)]).toEqual([false, true, ['b', 1]]);
  b.stop.abort();
  await clock.advance(100);
  await Promise.all([a.ended, b.ended]);
  expect(holder(client)[0]).toBe('');
});

test('a candidate whose first write meets a conflict takes a free lease at once', async () => {
  const client = createFakeClient();
  const clock = createFakeClock();
  const a = start(client, clock, 'a');
  await clock.advance(500);
  const b = start(client, clock, 'b');
  await clock.advance(3000);
  let conflicts = 0;
  client.onWrite = ({ body }) => {
    const lease = client.stored(coordinationV1Resources.leases, KEY);
    if ((body as { spec: { holderIdentity: string } }).spec.holderIdentity !== 'b' || conflicts++ > 0 || lease === undefined) return; // only leases are written
    client.put({ ...lease, metadata: { ...lease.metadata, annotations: { touched: 'meanwhile' } } });
  };
  a.stop.abort();
  await clock.advance(400);
  expect([conflicts > 1, b.leads, holder(client)]).toEqual([true, true, ['b', 1]]);
  b.stop.abort();
  await clock.advance(100);
  await Promise.all([a.ended, b.ended]);
});

test('a holder that cannot write stops acting before anyone may take over', async () => {
  const client = createFakeClient();
  const clock = createFakeClock();
  const a = start(client, clock, 'a');
  await clock.advance(3000);
  client.onWrite = ({ body }) => { if ((body as { spec: { holderIdentity: string } }).spec.holderIdentity !== 'b') throw new Error('cut off'); }; // only leases are written
  const b = start(client, clock, 'b');
  const trace: string[] = [];
  for (let i = 0; i < 250; i++) {
    await clock.advance(100);
    const now = `${Number(a.leads)}${Number(b.leads)}`;
    if (trace.at(-1) !== now) trace.push(now);
  }
  expect(trace).toEqual(['10', '00', '01']);
  for (const one of [a, b]) one.stop.abort();
  await clock.advance(3000);
  await Promise.all([a.ended, b.ended]);
});
