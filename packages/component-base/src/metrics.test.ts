import { Gauge } from 'prom-client';
import { createRegistry } from './metrics.ts';

test('createRegistry: components of one process share its figures and nothing else', async () => {
  const [first, second] = [createRegistry(), createRegistry()];
  new Gauge({ name: 'of_the_first', help: 'x', registers: [first] }).set(1);
  const [one, two] = [await first.metrics(), await second.metrics()];
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'go_goroutines', 'kubernetes_build_info']) {
    expect(one).toMatch(new RegExp(`^${name}(\\{[^}]*\\})? [0-9]`, 'm'));
    expect(two).toMatch(new RegExp(`^${name}(\\{[^}]*\\})? [0-9]`, 'm'));
  }
  expect([one.includes('of_the_first 1'), two.includes('of_the_first')]).toEqual([true, false]);
  expect(first.getSingleMetric('nodejs_eventloop_lag_seconds')).toBe(second.getSingleMetric('nodejs_eventloop_lag_seconds'));
});
