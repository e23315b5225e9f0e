import { rows } from '../../bench/rows.ts';
import { runRow } from '../../bench/run-row.ts';

// The benchmark's rows, small: each places the pods that it measures, the same way each time.

test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
  const size = { nodes: 40, pods: 12 };
  const first = await runRow(row, size);
  expect(first.placed).toBeGreaterThanOrEqual(size.pods);
  expect((await runRow(row, size)).hash).toBe(first.hash);
});
