// A cluster that backs itself up, and a service that backs up any etcd: archives appear, are good, are pruned, and whoever looks is told when none does.
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kubernodeCommand, TestCluster } from '../framework/cluster.ts';
import { eventually, run, start, type Result } from '../framework/run.ts';

const SECURE_PORT = 20_843;
const METRICS_PORT = SECURE_PORT + 3802;
const OWN_METRICS_PORT = METRICS_PORT + 1;
const ETCD_PORT = SECURE_PORT - 4064;
/** A backup takes seconds, on a busy machine many. */
const BACKUP_MS = 150_000;
const HOUR_MS = 3_600_000;

const cluster = new TestCluster(SECURE_PORT, ['--nodes=0', '--replicas=1', '--etcd=1']);
const folder = path.join(cluster.dir, 'backups');
const tokens = path.join(cluster.home, 'tokens.csv');

beforeAll(async () => {
  writeFileSync(tokens, 'secret-of-the-test,tester,1\n', { mode: 0o600 });
  await up('--backup-every=1h', '--backup-keep=2', `--token-auth-file=${tokens}`);
}, 300_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 300_000);

async function up(...flags: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await cluster.up(...flags);
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
}

const here = (...args: readonly string[]): Promise<Result> => run(kubernodeCommand, args, { env: { HOME: cluster.home }, timeoutMs: BACKUP_MS });
/** By name, so the oldest first. */
const archives = (): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.tar.gz')).sort() : []);
const newest = (): string => archives().at(-1) ?? '';
/** What an archive made so long ago is called. */
const aged = (name: string, hours: number): string => name.replace(/\d{8}T\d{6}Z/, `${new Date(Date.now() - hours * HOUR_MS).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`);
const metrics = async (port: number): Promise<Record<string, number>> => Object.fromEntries([...(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).matchAll(/^kubernode_backup_(\w+(?:\{[^}]*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
const well = (): Promise<Result> => eventually('a cluster that is well', async () => { const result = await cluster.kubernode('status'); if (result.status !== 0) throw new Error(`${result.status}: ${result.stdout}${result.stderr}`); return result; }, BACKUP_MS);
/** The supervisor starts it again, which then looks whether one is due. */
const startAgain = (): void => { process.kill(cluster.pidOf('backup'), 'SIGKILL'); };

test('a cluster that was told to backs itself up at once, and says how old the last backup is', async () => {
  const [only = ''] = await eventually('an archive', () => Promise.resolve(archives().length > 0 && archives()), BACKUP_MS);
  const { stdout } = await well();
  expect(stdout).toMatch(new RegExp(`The last backup is \\S+ old \\(${folder}/${only}\\)\n`));
  const verified = await here('backup', 'verify', path.join(folder, only));
  expect([verified.status, verified.stderr, verified.stdout]).toEqual([0, '', expect.stringContaining('same hash')]);
  const { 'total{result="success"}': successes, size_bytes: bytes, last_success_timestamp_seconds: at = 0 } = await eventually('its metrics', async () => { const seen = await metrics(METRICS_PORT); return seen['total{result="success"}'] === 1 && seen; });
  expect([archives(), successes, (bytes ?? 0) > 10_000, Math.abs(Date.now() / 1000 - at) < 600]).toEqual([[only], 1, true, true]);
}, 300_000);

test('what is due while it is down is made when it is up again, and the oldest beyond --backup-keep goes', async () => {
  const made = newest();
  const backup = cluster.pidOf('backup');
  expect((await cluster.kubernode('down')).status).toBe(0);
  expect(existsSync(`/proc/${backup}`)).toBe(false);
  expect(readdirSync(folder)).toEqual([made]); // and nothing half done
  const kept = aged(made, 2);
  for (const hours of [3, 4]) copyFileSync(path.join(folder, made), path.join(folder, aged(made, hours)));
  renameSync(path.join(folder, made), path.join(folder, kept));
  await up(); // as it was told before
  await eventually('a new archive and an old one', () => Promise.resolve(archives().length === 2 && newest() !== kept), BACKUP_MS);
  expect(archives()[0]).toBe(kept);
  expect((await here('backup', 'verify', path.join(folder, newest()))).status).toBe(0);
  await well();
}, 300_000);

test('one that fails is told by status and metrics, until the next succeeds', async () => {
  const before = newest();
  renameSync(path.join(folder, before), path.join(folder, aged(before, 1.5)));
  renameSync(tokens, `${tokens}.away`);
  startAgain();
  await eventually('the failure', async () => {
    const { status, stdout } = await cluster.kubernode('status');
    return status === 1 && stdout.includes(`; the next one failed: cannot save ${tokens}: `);
  }, BACKUP_MS);
  expect((await metrics(METRICS_PORT))['total{result="failure"}']).toBeGreaterThan(0);
  expect(archives()).not.toContain(before);
  renameSync(`${tokens}.away`, tokens);
  startAgain();
  await well();
  expect([archives().length, readdirSync(folder).filter((name) => !name.endsWith('.tar.gz'))]).toEqual([2, []]);
}, 300_000);

test('schedule backs up an etcd by its endpoints, sealed by a passphrase, and ends when told to', async () => {
  const [to, passphrase, included] = ['elsewhere', 'passphrase', 'encryption.yaml'].map((name) => path.join(cluster.home, name)) as [string, string, string]; // three names, three paths
  writeFileSync(passphrase, 'correct horse\n', { mode: 0o600 });
  writeFileSync(included, 'kind: EncryptionConfiguration\n', { mode: 0o600 });
  const pki = (name: string): string => path.join(cluster.dir, 'pki', name);
  const service = start(kubernodeCommand, [
    'backup', 'schedule', '--every=1h', '--keep=1', `--to=${to}`, `--metrics-port=${OWN_METRICS_PORT}`, `--passphrase-file=${passphrase}`, `--include=${included}`, `--dir=${cluster.home}/none`,
    `--etcd-servers=https://127.0.0.1:${ETCD_PORT}`, `--etcd-cafile=${pki('etcd-ca.crt')}`, `--etcd-certfile=${pki('apiserver-etcd-client.crt')}`, `--etcd-keyfile=${pki('apiserver-etcd-client.key')}`,
  ], { HOME: cluster.home });
  try {
    await eventually('a backup', async () => (await metrics(OWN_METRICS_PORT))['total{result="success"}'] === 1, BACKUP_MS).catch((error: unknown) => { throw new Error(`${String(error)}\n${service.output()}`); });
    const [name = '', ...others] = readdirSync(to);
    expect([name, others]).toEqual([expect.stringMatching(/^kubernode-.*\.tar\.gz\.enc$/), []]);
    expect(readFileSync(path.join(to, name)).includes('correct horse')).toBe(false);
    const [blind, verified] = [await here('backup', 'verify', path.join(to, name)), await here('backup', 'verify', `--passphrase-file=${passphrase}`, path.join(to, name))];
    expect([blind.status, verified.status, verified.stdout]).toEqual([1, 0, expect.stringContaining('same hash')]);
  } finally { await service.stop(); }
  expect(service.child.exitCode).toBe(0);
}, 300_000);

test('--backup-every=0s ends it', async () => {
  expect((await cluster.kubernode('down')).status).toBe(0);
  await up('--backup-every=0s');
  const { stdout } = await well();
  expect(stdout).not.toMatch(/backup/i);
}, 300_000);
