import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem, tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import type { ContainerUsage, CriRuntime } from '../cri/cri-runtime.ts';
import type { Pod } from '../pod/pod-facts.ts';
import { CgroupFiles } from '../stats/cgroup-files.ts';
import { createHostSignals } from './host-signals.ts';
import type { SignalSource } from './signals.ts';

const MIB = 2 ** 20;
const signal = new AbortController().signal;
let dir: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'signals-')); });
afterEach(() => { rmSync(dir, { recursive: true, force: true }); });

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
  writeFileSync(path.join(dir, file), content);
}

/** The same figures in either version of control groups: the host uses 100 MiB, all pods 40 of their 60, one pod 30 and 7 processes. */
function layOut(version: 1 | 2): void {
  const [v1, v2] = [version === 1, version === 2];
  if (v2) write('cgroup/cgroup.controllers', 'cpu memory pids');
  for (const [group, mib] of [['', 100], ['kubepods', 40], ['kubepods/besteffort/podu', 30]] as const) {
    const at = path.join('cgroup', v1 ? 'memory' : '', group);
    write(`${at}/${v1 ? 'memory.usage_in_bytes' : 'memory.current'}`, `${(mib + 5) * MIB}\n`);
    write(`${at}/memory.stat`, `${v1 ? 'total_inactive_file' : 'inactive_file'} ${5 * MIB}\n`);
  }
  write(path.join('cgroup', v1 ? 'memory' : '', 'kubepods', v1 ? 'memory.limit_in_bytes' : 'memory.max'), `${60 * MIB}\n`);
  write(path.join('cgroup', v1 ? 'pids' : '', 'kubepods/besteffort/podu/pids.current'), '7\n');
}

function source(runtime: Pick<CriRuntime, 'imageStorage' | 'usage'>): SignalSource {
  mkdirSync(path.join(dir, 'root'), { recursive: true });
  return createHostSignals({ runtime, cgroups: new CgroupFiles(path.join(dir, 'cgroup')), cgroupRoot: '/', rootDir: path.join(dir, 'root'), podLogsDir: path.join(dir, 'logs'), clock: systemClock });
}
const IDLE: Pick<CriRuntime, 'imageStorage' | 'usage'> = { imageStorage: () => Promise.resolve({ images: [], containers: [] }), usage: () => Promise.resolve([]) };
const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [{ name: 'c' }], volumes: [{ name: 'v', emptyDir: {} }, { name: 'h', hostPath: { path: '/' } }] } };

test.each([1, 2] as const)('observe: memory of the host and of all pods, processes and disks, with control groups of version %d', async (version) => {
  layOut(version);
  const { observations, layout } = await source(IDLE).observe();
  expect([observations.get('memory.available'), observations.get('allocatableMemory.available')]).toEqual([{ available: totalmem() - 100 * MIB, capacity: totalmem() }, { available: 20 * MIB, capacity: 60 * MIB }]);
  expect([...observations.keys()].sort()).toEqual(['allocatableMemory.available', 'containerfs.available', 'containerfs.inodesFree', 'imagefs.available', 'imagefs.inodesFree', 'memory.available', 'nodefs.available', 'nodefs.inodesFree', 'pid.available']);
  expect([observations.get('nodefs.available'), layout]).toEqual([observations.get('imagefs.available'), { dedicatedImageFs: false, splitContainerFs: false }]);
  expect(observations.get('pid.available')?.available).toBeLessThan(observations.get('pid.available')?.capacity ?? 0);
});

test('observe: what cannot be read is left out; images of another disk are seen as such', async () => {
  const { observations, layout } = await source({ ...IDLE, imageStorage: () => Promise.resolve({ images: [{ mountpoint: '/dev', usedBytes: 0, inodesUsed: 0 }], containers: [] }) }).observe();
  expect([observations.has('memory.available'), observations.has('imagefs.available'), layout]).toEqual([false, true, { dedicatedImageFs: true, splitContainerFs: false }]);
});

test.each([1, 2] as const)('podUse: memory and processes by control group, disk by counting; not what is the host\'s (version %d)', async (version) => {
  layOut(version);
  write('logs/ns_p_u/c/0.log', 'x'.repeat(10_000));
  write('root/pods/u/volumes/kubernetes.io~empty-dir/v/file', 'x'.repeat(5000));
  const usage = { containerId: 'i', podUid: 'u', name: 'c', cpuNanoseconds: 0, memoryBytes: 9, rootfsBytes: 8, rootfsInodes: 2, atMs: 0 } as ContainerUsage; // all that is used of it
  const use = (await source({ ...IDLE, usage: () => Promise.resolve([usage]) }).podUse([pod], signal)).get('u');
  expect(use).toMatchObject({ memoryBytes: 30 * MIB, processes: 7, containers: [{ name: 'c', memoryBytes: 9, rootfs: { bytes: 8 } }] });
  expect([use?.containers[0]?.logs.bytes ?? 0, use?.volumes.get('v')?.bytes ?? 0].every((bytes) => bytes >= 5000)).toBe(true);
  expect(use?.volumes.has('h')).toBe(false);
});

test('podUse: a pod of which nothing runs is left out', async () => { expect((await source(IDLE).podUse([pod], signal)).size).toBe(0); });
