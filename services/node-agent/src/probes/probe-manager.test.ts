import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createPodEvents } from '../events/pod-events.ts';
import { createNodeMetrics } from '../metrics.ts';
import { aContainer, aPod, aSandbox } from '../runtime/test-states.ts';
import { ProbeManager } from './probe-manager.ts';
import type { ProbeOutcome } from './run-probe.ts';

const HOUR_MS = 3_600_000;
const START_MS = 10 * HOUR_MS;
let time: FakeClock;
/** How far the wall clock has been set from where it was. */
let skewMs: number;
let probedAtMs: number[];
let answer: () => Promise<ProbeOutcome>;
let stop: AbortController;
let running: Promise<void>;

function start(): ProbeManager {
  const clock = { ...time, now: () => time.now() + skewMs };
  const probes = new ProbeManager({
    run: () => { probedAtMs.push(time.now() - START_MS); return answer(); },
    events: createPodEvents({ event: () => undefined }), metrics: createNodeMetrics(new Registry()), clock, rng: seededRng(1), logger: silentLogger, hostIp: '192.0.2.1', onChange: () => undefined,
  });
  running = probes.run(stop.signal);
  return probes;
}

beforeEach(() => {
  time = createFakeClock(START_MS);
  skewMs = 0;
  probedAtMs = [];
  answer = () => Promise.resolve({ result: 'success', message: '' });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
});

const probed = aPod({ containers: [{ name: 'c', image: 'i', livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 10, initialDelaySeconds: 20 } }] });
const state = (startedAtMs: number) => ({ sandboxes: [aSandbox()], containers: [aContainer({ startedAtMs })] });

test.each([
  ['is left alone', 0], ['is set back an hour', -HOUR_MS], ['is set forward an hour', HOUR_MS],
])('ProbeManager: probes keep their period when the clock %s, before the first and between others', async (_what, jumpMs) => {
  const probes = start();
  probes.update(probed, state(START_MS));
  await time.advance(5000);
  skewMs = jumpMs;
  await time.advance(30_000);
  expect(probedAtMs).toEqual([20_000, 30_000]);
  skewMs = -jumpMs;
  await time.advance(20_000);
  expect(probedAtMs).toEqual([20_000, 30_000, 40_000, 50_000]);
});

test('ProbeManager: a container that starts after the clock was set back is probed as any other', async () => {
  const probes = start();
  skewMs = -HOUR_MS;
  probes.update(probed, state(START_MS - HOUR_MS));
  await time.advance(30_000);
  expect(probedAtMs).toEqual([20_000, 30_000]);
});

test('ProbeManager: a probe that hangs is asked once, and neither its container\'s end nor the agent\'s waits for it', async () => {
  answer = () => new Promise(() => undefined);
  const probes = start();
  probes.update(probed, state(START_MS));
  await time.advance(100_000);
  expect(probedAtMs).toEqual([20_000]);
  stop.abort();
  await running;
  expect(probes.view('id-c').live).toBe(true);
});
