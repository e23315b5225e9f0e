import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import type { Pod } from '../pod/pod-facts.ts';
import { shutdownGroups } from './shutdown-groups.ts';
import { ShutdownManager } from './shutdown-manager.ts';

const pod = (name: string, priority: number, grace = 30): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name }, spec: { priority, terminationGracePeriodSeconds: grace, containers: [] } });
const GRACES = [{ priority: 0, graceSeconds: 20 }, { priority: 1000, graceSeconds: 10 }, { priority: 2_000_000_000, graceSeconds: 5 }];

test('shutdownGroups: lowest first; below the lowest belongs to it; empty groups cost no time', () => {
  const groups = shutdownGroups(GRACES, [pod('system', 2_000_000_000), pod('low', 5), pod('negative', -5)]);
  expect(groups.map(({ priority, pods }) => [priority, pods.map(({ metadata }) => metadata.name)])).toEqual([[0, ['low', 'negative']], [2_000_000_000, ['system']]]);
});

test('ShutdownManager: each group waits for the one before, at most its time; then it is over', async () => {
  const clock = createFakeClock();
  const ended: string[] = [];
  const stopped = new Set<string>();
  const shutdown = new AbortController();
  const manager = new ShutdownManager({
    graces: GRACES, activePods: () => [pod('slow', 0, 7), pod('critical', 2_000_000_000)], hasStopped: ({ metadata: { name } }) => stopped.has(name), onShutdown: () => { ended.push('told'); }, metrics: { started: () => undefined, ended: () => undefined }, clock, logger: silentLogger,
    end: ({ metadata: { name } }, { reason, message, conditions }, grace) => { ended.push(`${name} ${grace} ${reason}: ${message} ${conditions?.[0]?.type ?? ''}`); },
  });
  const done = manager.run(shutdown.signal, new AbortController().signal);
  shutdown.abort();
  await clock.advance(100);
  const words = 'Terminated: Pod was terminated in response to imminent node shutdown. DisruptionTarget';
  expect([manager.inProgress, ended]).toEqual([true, ['told', `slow 7 ${words}`]]);
  await clock.advance(20_000);
  expect(ended).toEqual(['told', `slow 7 ${words}`, `critical 5 ${words}`]);
  stopped.add('critical');
  await clock.advance(200);
  expect(await done).toBe('ended');
});

test('ShutdownManager: without grace, shutdowns are not held up', async () => {
  const manager = new ShutdownManager({ graces: [], activePods: () => [], hasStopped: () => true, onShutdown: () => undefined, metrics: { started: () => undefined, ended: () => undefined }, clock: createFakeClock(), logger: silentLogger, end: () => undefined });
  expect([await manager.run(AbortSignal.abort(), new AbortController().signal), manager.inProgress]).toEqual(['aborted', false]);
});
