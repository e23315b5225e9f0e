// An etcd that took writes until its quota was used up takes them again after one command, and has lost nothing that was there.
import { createEtcdAdmin, createEtcdClient, type EtcdClient } from '@kubernode/rpc';
import { startEtcd } from '@kubernode/testing';
import { etcdRepairSpaceCommand } from '../src/cmd/etcd-repair-space.ts';
import { runCommand } from './run-command.ts';

const QUOTA_BYTES = 4 * 1024 * 1024;
const VALUE_BYTES = 100_000;
/** Far more than the quota holds. */
const WRITES_MAX = 400;
const signal = new AbortController().signal;

test('a full etcd takes writes again, with all that was there', async () => {
  await using etcd = await startEtcd({ args: [`--quota-backend-bytes=${QUOTA_BYTES}`] });
  const client = createEtcdClient({ endpoints: [etcd.endpoint] });
  const admin = createEtcdAdmin({ endpoints: [etcd.endpoint] });
  try {
    await client.put({ key: '/kept', value: Buffer.from('kept') });
    const last = await fill(client);
    const stands = (await client.range({ key: '/churned' })).kvs[0]?.value.readUInt32BE() ?? 0;
    expect([last, last + 1]).toContain(stands); // the write that finds the space used up is refused, and may be carried out all the same
    expect((await admin.alarms({ signal })).map(({ alarm }) => alarm)).toEqual(['noSpace']);
    const { said, fault } = await runCommand(etcdRepairSpaceCommand, ['--dir=/nonexistent', `--etcd-servers=${etcd.endpoint}`]);
    expect([said, fault]).toEqual([expect.stringMatching(/^✓ history before revision \d+ is gone\n✓ test: [\d.]+ MB → [\d.]+ kB \(\d+\.\d s\)\n✓ test takes writes again\n[\d.]+ MB won\.\n$/), '']);
    expect(await admin.alarms({ signal })).toEqual([]);
    expect((await client.range({ key: '/churned' })).kvs[0]?.value.readUInt32BE()).toBe(stands);
    expect((await client.range({ key: '/kept' })).kvs[0]?.value.toString()).toBe('kept');
    await client.put({ key: '/new', value: Buffer.alloc(VALUE_BYTES) });
  } finally { client.close(); admin.close(); }
}, 60_000);

/** Writes one key again and again until etcd refuses; which write was the last that it took. */
async function fill(client: EtcdClient): Promise<number> {
  const value = Buffer.alloc(VALUE_BYTES, 1);
  for (let n = 1; n <= WRITES_MAX; n++) {
    value.writeUInt32BE(n);
    try { await client.put({ key: '/churned', value }); } catch (error) {
      expect(error).toMatchObject({ code: 'noSpace' });
      return n - 1;
    }
  }
  throw new Error('etcd is never full');
}
