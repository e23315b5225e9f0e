import { Counter, Histogram, Registry } from 'prom-client';
import { TallyCounter, TallyHistogram } from './tallies.ts';

test('what tallies count is shown as what prom-client counts', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const names = { name: 'requests', help: 'Requests.', labelNames: ['verb', 'code'] as const };
  const sizes = { name: 'sizes', help: 'Sizes.', labelNames: ['verb'] as const, buckets: [1, 10, 100] };
  const [count, their] = [new TallyCounter({ ...names, registers: [ours] }), new Counter({ ...names, registers: [theirs] })];
  const [size, theirSize] = [new TallyHistogram({ ...sizes, registers: [ours] }), new Histogram({ ...sizes, registers: [theirs] })];
  for (const [verb, value] of [['get', 1], ['get', 1.5], ['list', 1000], ['get', 0]] as const) {
    count.labels({ verb, code: '200' }).inc();
    their.inc({ verb, code: '200' });
    size.labels({ verb }).observe(value, 2);
    for (let i = 0; i < 2; i++) theirSize.observe({ verb }, value);
  }
  count.labels({ code: '404', verb: 'get' }).inc(5);
  their.inc({ verb: 'get', code: '404' }, 5);
  expect(linesOf(await ours.metrics())).toEqual(linesOf(await theirs.metrics()));
});

test('equal labels have one child, in whatever order they stand', () => {
  const counter = new TallyCounter({ name: 'x', help: 'x', registers: [], labelNames: ['a', 'b'] });
  expect(counter.labels({ a: '1', b: '2' })).toBe(counter.labels({ b: '2', a: '1' }));
});

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean).map((line) => line.replace(/\{(.*)\}/, (_all, labels: string) => `{${labels.split(',').sort().join(',')}}`)).sort();
}
