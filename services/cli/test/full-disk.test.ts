// etcd on a disk that is really full: what would end it is not done, what ended it is told, and once there is room one command makes it small again.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import type { Command } from '@kubernode/component-base';
import { createEtcdAdmin, createEtcdClient, type EtcdAdmin, type EtcdClient } from '@kubernode/rpc';
import { Fixtures, freePort, startEtcd, type EtcdProcess } from '@kubernode/testing';
import { etcdDefragCommand } from '../src/cmd/etcd-defrag.ts';
import { etcdRepairSpaceCommand } from '../src/cmd/etcd-repair-space.ts';
import { saveClusterConfig } from '../src/cluster/cluster-config.ts';
import { clusterOptions, resolveConfig } from '../src/cluster/resolve-config.ts';
import { layoutOf } from '../src/cluster/layout.ts';
import { runCommand } from './run-command.ts';

const MB = 1_000_000;
/** Two of etcd's logs are 64 MB each before anything is written. */
const DISK_BYTES = 220 * MB;
const VALUES = 20;
/** Less than the values take. */
const LEFT_BYTES = 8 * MB;

const fixtures = new Fixtures();
const dir = mkdtempSync(path.join(tmpdir(), 'kubernode-disk-'));
const layout = layoutOf(dir);
const disk = path.dirname(layout.etcdData(0));
const ballast = path.join(disk, 'ballast');
let [etcd, client, admin]: [EtcdProcess?, EtcdClient?, EtcdAdmin?] = [];

beforeAll(async () => {
  await fixtures.use({ [Symbol.dispose]: () => { rmSync(dir, { recursive: true, force: true }); } });
  saveClusterConfig(layout.configFile, resolveConfig({ ...Object.fromEntries(Object.keys(clusterOptions).map((name) => [name, undefined])), etcd: 1 } as unknown as Parameters<typeof resolveConfig>[0], undefined)); // no other flag is given
  mkdirSync(disk);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no disk of a test's own: ${stderr}`);
  await fixtures.use({ [Symbol.dispose]: () => { spawnSync('umount', ['--lazy', disk]); } });
  const peerPort = await freePort();
  etcd = await fixtures.use(startEtcd({ peerPort, args: ['--name', 'etcd-0', '--initial-cluster', `etcd-0=http://127.0.0.1:${peerPort}`, '--data-dir', layout.etcdData(0)] }));
  const made = createEtcdClient({ endpoints: [etcd.endpoint] });
  await fixtures.use({ [Symbol.dispose]: () => { made.close(); } });
  client = made;
  const asked = createEtcdAdmin({ endpoints: [etcd.endpoint] });
  await fixtures.use({ [Symbol.dispose]: () => { asked.close(); } });
  admin = asked;
}, 60_000);

afterAll(() => fixtures[Symbol.asyncDispose](), 60_000);

const care = (command: Command): ReturnType<typeof runCommand> => runCommand(command, [`--dir=${dir}`, `--etcd-servers=${etcd?.endpoint}`]);

/** Takes the room of the disk but so much. */
function fillDisk(leftBytes: number): void {
  const file = openSync(ballast, 'a');
  try { for (let left = freeBytes() - leftBytes; left > 0; left -= MB) writeSync(file, Buffer.alloc(Math.min(MB, left))); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // etcd wrote meanwhile
  } finally { closeSync(file); }
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}

const put = async (key: string, fill: number): Promise<void> => { await client?.put({ key, value: Buffer.alloc(MB, fill) }); };
const isThere = async (): Promise<number> => (await client?.range({ key: '/kept', rangeEnd: '/kepu', countOnly: true }))?.count ?? 0;

/** Resolves when the database's file has what was put: etcd writes it a moment later, and ends when there is no room then. */
async function written(bytes: number): Promise<void> {
  while (((await admin?.status(etcd?.endpoint ?? ''))?.dbSizeInUse ?? 0) < bytes) await systemClock.sleep(50);
}

/** With small writes all the time, as API servers have them. */
async function whileWritten<T>(task: () => Promise<T>): Promise<T> {
  let going = true;
  const writing = (async () => { while (going) { await client?.put({ key: '/tick', value: Buffer.from('1') }); await systemClock.sleep(100); } })();
  try { return await task(); } finally { going = false; await writing; }
}

test('a member whose disk has no room for a copy is left alone, and serves on', async () => {
  for (let n = 0; n < VALUES; n++) await put(`/kept/${n}`, n);
  await written(VALUES * MB);
  fillDisk(LEFT_BYTES);
  const refusal = expect.stringMatching(/^etcd-0 has 2\d\.\d MB in use and is defragmented by a copy of that, but its disk \(.*\/etcd\/0\) has \d\.\d MB left: make room on it, then run this again/) as unknown;
  expect(await care(etcdDefragCommand)).toEqual({ said: '', fault: refusal });
  expect(await care(etcdRepairSpaceCommand)).toEqual({ said: expect.stringMatching(/^✓ history before revision \d+ is gone\n$/) as unknown, fault: refusal });
  await put('/kept/0', 1); // one that defragmented in vain would end here
  expect(await isThere()).toBe(VALUES);
}, 120_000);

test('one that has ended for want of room is told with its disk', async () => {
  fillDisk(0);
  await expect((async () => { for (let n = 0; n < 100; n++) await put('/more', n); })()).rejects.toThrow();
  await etcd?.kill(); // unless it ended by itself
  const { fault } = await care(etcdRepairSpaceCommand);
  expect(fault).toMatch(/; the disk of etcd-0 \(.*\/etcd\/0\) has \d+(\.\d)? k?B left, and etcd ends when it cannot write: make room on it$/);
}, 120_000);

test('with room again it starts, has everything, and is made small by one command', async () => {
  rmSync(ballast);
  await etcd?.start();
  expect(await isThere()).toBe(VALUES);
  for (let n = 0; n < VALUES; n++) await put('/churned', n);
  const { said, fault } = await whileWritten(() => care(etcdRepairSpaceCommand));
  expect([said, fault]).toEqual([expect.stringMatching(/^✓ history before revision \d+ is gone\n✓ etcd-0: \d\d\.\d MB → 2\d\.\d MB \(\d+\.\d s\)\n(\d+\.\d) MB won\.\n$/), '']);
  await put('/kept/last', 1);
  expect(await isThere()).toBe(VALUES + 1);
}, 120_000);
