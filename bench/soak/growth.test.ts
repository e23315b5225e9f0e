import { fit, growthOf, restartsOf } from './growth.ts';
import { panelsOf, renderSoakReport } from './report.ts';
import { csvHead, csvLine, type Sample } from './sample.ts';

const sample = (second: number, residentBytes: number, files = 50): Sample => ({ second, processes: [{ name: 'apiserver-0', pid: 7, residentBytes, files }], heaps: [{ name: 'apiserver-0', usedBytes: 30e6, roomBytes: 50e6, externalBytes: 20e6 }], etcdBytes: 40e6, etcdBytesInUse: 20e6, objects: 900, watches: 100, p50Ms: 2, p99Ms: 9, calls: 10, failures: [] });
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

test("growthOf forgives that etcd's data grow until each compaction, and finds what compactions leave more and more of", () => {
  const inUse = (bytes: (second: number) => number): readonly Sample[] => soak((i) => ({ ...sample(i * 30, 100e6), etcdBytesInUse: bytes(i * 30) }));
  expect(bent(inUse((second) => 20e6 + (second % 300) * 1e6))).toEqual([]);
  expect(bent(inUse((second) => 20e6 + (second % 300) * 1e6 + second * 1e5))).toEqual(["etcd's data in use after compactions"]);
});

test('growthOf says nothing of what was seen less than twice', () => {
  const named = (secondsApart: number): readonly string[] => growthOf(soak((i) => sample(i * secondsApart, 1))).map(({ what }) => what);
  expect(named(1)).toEqual(['resident memory of apiserver-0', 'open files of apiserver-0', "etcd's file", 'objects', 'watches']);
  expect(named(30)).toEqual(expect.arrayContaining(["etcd's data in use after compactions", 'living memory of apiserver-0']));
});

test('growthOf forgives garbage that waits for collection, and finds what lives longer and longer', () => {
  const using = (bytes: (second: number) => number): readonly Sample[] => soak((i) => ({ ...sample(i * 10, 100e6), heaps: [{ name: 'apiserver-0', usedBytes: bytes(i * 10), roomBytes: 200e6, externalBytes: 20e6 }] }));
  expect(bent(using((second) => 60e6 + (second % 90) * 1e6))).toEqual([]);
  expect(bent(using((second) => 60e6 + (second % 90) * 1e6 + second * 1e5))).toEqual(['living memory of apiserver-0']);
});

test('growthOf leaves out samples in which nobody answered', () => {
  expect(bent(soak((i) => ({ ...sample(i * 10, 100e6), ...(i < 50 && { objects: undefined, watches: undefined, etcdBytes: undefined, etcdBytesInUse: undefined }) })))).toEqual([]);
});

test('restartsOf names a process each time that it is another one, also after a sample without it', () => {
  const with_ = (pid: number): Sample => ({ ...sample(0, 1), processes: [{ name: 'apiserver-0', pid, residentBytes: 1, files: 1 }] });
  expect(restartsOf([with_(7), with_(7), { ...with_(7), processes: [] }, with_(8), with_(8), with_(9)])).toEqual(['apiserver-0', 'apiserver-0']);
  expect(restartsOf(soak((i) => sample(i, 1)))).toEqual([]);
});

test('csvHead and csvLine make a table; a process without a sample and what nobody answered are empty', () => {
  const first = sample(5, 1.5e8);
  expect(csvHead(first)).toBe('second,apiserver-0 MB,apiserver-0 files,apiserver-0 used MB,apiserver-0 room MB,apiserver-0 external MB,etcd MB,etcd MB in use,objects,watches,p50 ms,p99 ms,calls,errors\n');
  expect(csvLine(first, first)).toBe('5,150.0,50,30.0,50.0,20.0,40.0,20.0,900,100,2.0,9.0,10,0\n');
  expect(csvLine({ ...first, processes: [], heaps: [], etcdBytes: undefined, watches: undefined, failures: ['Timeout'] }, first)).toBe('5,,,,,,,20.0,900,,2.0,9.0,10,1\n');
});

test('renderSoakReport says what rose, what was started again and why calls failed', () => {
  const samples = soak((i) => ({ ...sample(i * 10, (100 + i) * 1e6), failures: i === 3 ? ['Timeout', 'Timeout'] : [] }));
  const report = renderSoakReport({ samples, leaderChanges: [{ lease: 'kube-scheduler', count: 3 }], living: [{ name: 'apiserver-0', usedBytes: 30.4e6, roomBytes: 50e6, externalBytes: 20e6 }], growth: growthOf(samples), restarts: ['haproxy'], seed: 1, nodes: 5, day: '2026-01-02', cpus: 2, loads: [1, 3] });
  expect(report).toContain('**Not flat**: resident memory of apiserver-0 rose from 130.0 to 199.0 MB; haproxy was started again.');
  expect(report).toContain('Users made 1000 calls, 1 a second, half of which took 2.0 ms or less and 99 % 9.0 ms (medians of all samples); failed: 2 × Timeout. Leaders changed: kube-scheduler 3 times.');
  expect(report).toContain('then apiserver-0 had 30 MB of objects and 20 MB outside the heap.');
});

test('panelsOf draws a soak of days by a bounded number of points', () => {
  const panels = panelsOf(Array.from({ length: 50_000 }, (_, i) => sample(i * 5, 1e8)));
  expect(Math.max(...panels.flatMap(({ series }) => series.map(({ points }) => points.length)))).toBeLessThanOrEqual(600);
});
