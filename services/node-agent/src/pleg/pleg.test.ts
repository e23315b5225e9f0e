import { systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { Registry } from 'prom-client';
import { createFakeCriRuntime } from '../cri/fake-cri-runtime.ts';
import { createNodeMetrics } from '../metrics.ts';
import { Pleg } from './pleg.ts';

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 400) throw new Error('waited in vain');
    await systemClock.sleep(5);
  }
}

/** A runtime with one running container of pod `u`, looked at by a Pleg. */
async function watched({ hasEvents }: { hasEvents: boolean }): Promise<{ changed: string[]; listings: () => number; exit: () => void; stop: () => Promise<void> }> {
  const runtime = createFakeCriRuntime({ clock: systemClock, images: ['i'] });
  const labels = { 'io.kubernetes.pod.uid': 'u', 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.namespace': 'ns' };
  const sandboxConfig = { metadata: { name: 'p', namespace: 'ns', uid: 'u', attempt: 0 }, labels };
  const sandbox = await runtime.runSandbox(sandboxConfig);
  const container = await runtime.createContainer(sandbox, { metadata: { name: 'c', attempt: 0 }, image: { image: 'i' }, labels: { ...labels, 'io.kubernetes.container.name': 'c' } }, sandboxConfig);
  await runtime.startContainer(container);
  const changed: string[] = [];
  let listings = 0;
  const pleg = new Pleg({
    runtime: {
      listContainers: (filter) => runtime.listContainers(filter),
      listSandboxes: (filter) => { listings++; return runtime.listSandboxes(filter); },
      exits: (signal) => { if (!hasEvents) throw new Error('no such service'); return runtime.exits(signal); },
    },
    clock: systemClock, logger: silentLogger, metrics: createNodeMetrics(new Registry()), onChange: (uid) => { changed.push(uid); },
  });
  const ended = new AbortController();
  const running = pleg.run(ended.signal);
  await until(() => changed.length === 1);
  return { changed, listings: () => listings, exit: () => runtime.exit(container, 1), stop: async () => { ended.abort(); await running; } };
}

test('an exit that the runtime tells of wakes its pod, and quiet costs no listing', async () => {
  const { changed, listings, exit, stop } = await watched({ hasEvents: true });
  await systemClock.sleep(200);
  const before = listings();
  await systemClock.sleep(200);
  expect(listings()).toBe(before);
  exit();
  await until(() => changed.length === 2);
  expect(changed).toEqual(['u', 'u']);
  await stop();
});

test('without events exits are found by listing', async () => {
  const { changed, exit, stop } = await watched({ hasEvents: false });
  exit();
  await until(() => changed.length === 2);
  await stop();
});
