import { fit, growthOf } from './growth.ts';
import { toCsv, type Sample } from './sample.ts';

const sample = (second: number, residentBytes: number, files = 50): Sample => ({ second, processes: [{ name: 'apiserver-0', residentBytes, files }], etcdBytes: 40e6, etcdBytesInUse: 20e6, watches: 100, p50Ms: 2, p99Ms: 9, calls: 10, errors: 0 });
const soak = (of: (i: number) => Sample): readonly Sample[] => Array.from({ length: 100 }, (_, i) => of(i));
const bent = (samples: readonly Sample[]): readonly string[] => growthOf(samples).filter(({ isFlat }) => !isFlat).map(({ what }) => what);

test('growthOf finds a process that grows after the warm-up, and forgives one that grew before', () => {
  expect(bent(soak((i) => sample(i * 10, (100 + i) * 1e6)))).toEqual(['resident memory of apiserver-0']);
  expect(bent(soak((i) => sample(i * 10, Math.min(200, 100 + i * 5) * 1e6)))).toEqual([]);
  expect(bent(soak((i) => sample(i * 10, (150 + (i % 7) * 5) * 1e6)))).toEqual([]);
});

test('growthOf finds files that are never closed', () => {
  expect(bent(soak((i) => sample(i * 10, 100e6, 50 + i)))).toEqual(['open files of apiserver-0']);
});

test('fit is the line through points that lie on one', () => {
  expect(fit([[0, 1], [1, 3], [2, 5]])).toEqual({ slope: 2, intercept: 1 });
});

test('toCsv has a line a sample', () => {
  expect(toCsv([sample(5, 1.5e8)])).toBe('second,apiserver-0 MB,apiserver-0 files,etcd MB,etcd MB in use,watches,p50 ms,p99 ms,calls,errors\n5,150.0,50,40.0,20.0,100,2.0,9.0,10,0\n');
});
