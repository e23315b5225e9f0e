import { comparisonTable, parseModes, type ServerResult } from './comparison.ts';

const line = '{"mode":"get","rate":17000.4,"p50ms":1,"p99ms":4.25,"failures":0,"note":""}';
const result = (name: string, rate: number, readyMs: number): ServerResult => ({
  name, readyMs, idleBytes: 80e6, loadedBytes: 160e6, modes: parseModes(`noise\n${line}\n`).map((mode) => ({ ...mode, rate, cpuUsPerOperation: 40 })),
});

test('comparisonTable shows rates, costs and ratios', () => {
  expect(comparisonTable(result('kubernode', 17000.4, 800), result('kube-apiserver', 3400, 2000)).split('\n')).toEqual([
    '                  kubernode    CPU     p99  kube-apiserver    CPU     p99  ratio',
    'get                17000 /s  40 µs  4.3 ms         3400 /s  40 µs  4.3 ms  5.00x',
    'start to /readyz     800 ms                        2000 ms                 0.40x',
    'resident, idle        80 MB                          80 MB                 1.00x',
    'resident, after      160 MB                         160 MB                 1.00x',
  ]);
});

test('comparisonTable of one server alone has no ratios', () => {
  expect(comparisonTable(result('kubernode', 50.25, 800), undefined).split('\n')[1]).toBe('get                 50.3 /s  40 µs  4.3 ms');
});
