import { mergeRecords, renderFailoverReport, type FailoverRecord } from './failover-report.ts';

const record = (fault: string, recoveryMs: number, more: Partial<FailoverRecord> = {}): FailoverRecord => ({ fault, title: `title of ${fault}`, backend: 'namespaces', day: '2026-11-22', load: 1, cpus: 2, recoveryMs, errors: 1, writesLost: 0, findings: 0, ...more });

test('renderFailoverReport has one row a fault, with quantiles, sums and what Kubernetes does', () => {
  const records = [100, 200, 300, 400, 5000].map((ms) => record('apiserver-kill', ms));
  expect(renderFailoverReport(records, ['apiserver-kill', 'not-run'])).toContain('| title of apiserver-kill (`apiserver-kill`) | 5 | 1 | 0.30 | 5.00 | 5 | 0 | 0 | 0.12 | ≤ 0.12 |');
  expect(renderFailoverReport(records, ['apiserver-kill', 'not-run'])).not.toContain('not-run');
});

test('renderFailoverReport says so where the machine was busy', () => {
  expect(renderFailoverReport([record('a', 1)], ['a'])).not.toContain('more about the load');
  expect(renderFailoverReport([record('a', 1, { load: 20 }), record('a', 2, { load: 3 })], ['a'])).toMatch(/beyond 8 the figures say more about the load[^]*\| 2 \| 3 to 20 \|/);
});

test('mergeRecords replaces a fault that was measured again', () => {
  expect(mergeRecords([record('a', 1), record('b', 2)], [record('a', 3)]).map(({ fault, recoveryMs }) => [fault, recoveryMs])).toEqual([['b', 2], ['a', 3]]);
});
