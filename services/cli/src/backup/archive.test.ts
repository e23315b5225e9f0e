import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UserError } from '@kubernode/component-base';
import { tarArchive } from '../images/tar-archive.ts';
import { readArchive, readManifest, writeArchive, type ArchiveMember } from './archive.ts';
import { parseManifest, type BackupManifest } from './backup-manifest.ts';
import { describeMember } from './create-backup.ts';

const signal = new AbortController().signal;
const member = (name: string, body: string | Buffer): ArchiveMember => {
  const from = Buffer.from(body);
  return { path: name, bytes: from.length, mode: 0o600, sha256: createHash('sha256').update(from).digest('hex'), from };
};
const members = [member('etcd/snapshot.db', Buffer.alloc(700_001, 'snapshot ')), member('cluster.json', '{}'), member('pki/ca.key', 'secret')];
const manifestOf = (files: readonly ArchiveMember[]): BackupManifest => ({
  formatVersion: 1, createdAt: '2026-11-22T00:00:00.000Z', kubernode: '0.1.0', kubernetes: 'v1.36.2', cluster: 'kubernode',
  etcd: { version: '3.4.23', clusterId: 'abc', revision: 10, compactRevision: 5, keys: 3, hash: 7 }, files: files.map(describeMember),
});
const manifest = manifestOf(members);

describe('an archive', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'kubernode-archive-')); file = path.join(dir, 'a.tar.gz'); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const readAll = async (passphrase?: string): Promise<Record<string, Buffer>> => {
    const found: Record<string, Buffer> = {};
    await readArchive(file, async ({ path: name }, body) => {
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(piece);
      found[name] = Buffer.concat(pieces);
    }, { signal, passphrase });
    return found;
  };
  const refusal = async (passphrase?: string): Promise<string> => {
    const error: unknown = await readAll(passphrase).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.replace(file, 'FILE');
  };

  test.each([undefined, 'correct horse'])('gives back what it got and is nobody else\'s to read (passphrase %s)', async (passphrase) => {
    await writeArchive(file, { manifest, members }, { signal, passphrase });
    const found = await readAll(passphrase);
    expect(Object.keys(found)).toEqual(members.map(({ path: name }) => name));
    for (const { path: name, from } of members) expect(found[name]?.equals(from as Buffer)).toBe(true);
    expect(await readManifest(file, { signal, passphrase })).toEqual(manifest);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file)).includes('secret')).toBe(false);
  }, 60_000); // a passphrase costs half a second, and more on a busy machine

  test('an encrypted one needs its passphrase', async () => {
    await writeArchive(file, { manifest, members }, { signal, passphrase: 'right' });
    expect(await refusal()).toBe('FILE: it is encrypted; give the passphrase with --passphrase-file');
    expect(await refusal('wrong')).toBe('FILE: the passphrase is not the one it was encrypted with, or the archive was changed');
  }, 60_000);

  test.each([undefined, 'pass'])('one that is cut off anywhere is refused (passphrase %s)', async (passphrase) => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n * 7_919 >> 3 & 0xff));
    const files = [member('etcd/snapshot.db', noise)];
    await writeArchive(file, { manifest: manifestOf(files), members: files }, { signal, passphrase });
    const { size } = await stat(file);
    for (const length of passphrase === undefined ? [size - 1, size - 20, Math.floor(size / 2), 40, 10, 0] : [size - 1, Math.floor(size / 2), 10]) {
      await truncate(file, length);
      expect(await refusal(passphrase)).toMatch(/cut off|does not go on|not a backup|corrupt|changed/);
    }
  }, 60_000);

  test.each([undefined, 'pass'])('one in which a byte was changed is refused (passphrase %s)', async (passphrase) => {
    await writeArchive(file, { manifest, members }, { signal, passphrase });
    const bytes = await readFile(file);
    for (const at of [bytes.length >> 1, bytes.length - 5]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      await writeFile(file, changed);
      expect(await refusal(passphrase)).toMatch(/corrupt|changed|differs|cut off/);
    }
  }, 60_000);

  const packed = (entries: { path: string; body?: Buffer; linkTarget?: string }[], described: unknown = manifest): Promise<void> =>
    writeFile(file, gzipSync(tarArchive([{ path: 'manifest.json', mode: 0o600, body: Buffer.from(JSON.stringify(described)) }, ...entries.map((entry) => ({ mode: 0o600, ...entry }))])));
  const bodies = members.map(({ path: name, from }) => ({ path: name, body: from as Buffer }));
  const [snapshot, config, key] = bodies as [{ path: string; body: Buffer }, { path: string; body: Buffer }, { path: string; body: Buffer }];

  test.each<[string, { path: string; body?: Buffer; linkTarget?: string }[], string]>([
    ['a name that leads elsewhere', [...bodies, { path: '../../etc/passwd', body: Buffer.from('x') }], 'FILE: it has a file that its manifest does not name: "../../etc/passwd"'],
    ['an absolute name', [...bodies, { path: '/etc/passwd', body: Buffer.from('x') }], 'FILE: it has a file that its manifest does not name: "/etc/passwd"'],
    ['a link', [...bodies, { path: 'pki/x', linkTarget: '/etc/passwd' }], 'FILE: the archive has something that is no file: "pki/x"'],
    ['a file twice', [...bodies, key], 'FILE: it has a file that its manifest does not name: "pki/ca.key"'],
    ['a file too few', [snapshot, config], 'FILE: it lacks pki/ca.key'],
    ['another size', [snapshot, config, { path: 'pki/ca.key', body: Buffer.from('secrets') }], 'FILE: pki/ca.key has 7 bytes and should have 6'],
    ['another content', [snapshot, config, { path: 'pki/ca.key', body: Buffer.from('Secret') }], 'FILE: pki/ca.key is not what was saved: its SHA-256 differs'],
  ])('refuses %s', async (_, entries, message) => {
    await packed(entries);
    expect(await refusal()).toBe(message);
  });

  test('can be opened by tar', async () => {
    await writeArchive(file, { manifest, members }, { signal });
    expect(gunzipSync(await readFile(file)).subarray(0, 13).toString()).toBe('manifest.json');
  });
});

test.each<[string, unknown, string]>([
  ['no JSON', '{', 'its manifest is not JSON'],
  ['null', null, 'its manifest is no object'],
  ['a newer form', { ...manifest, formatVersion: 2 }, 'its form is 2, this version reads 1'],
  ['no time', { ...manifest, createdAt: 'today' }, 'its manifest has no time or no cluster'],
  ['no etcd', { ...manifest, etcd: undefined }, 'its manifest does not describe etcd'],
  ['a revision that is no number', { ...manifest, etcd: { ...manifest.etcd, revision: '1' } }, 'its manifest does not describe etcd'],
  ['no files', { ...manifest, files: {} }, 'its manifest names no files, or too many'],
  ['a name that leads elsewhere', { ...manifest, files: [{ ...manifest.files[0], path: 'pki/../../x' }] }, 'it has a file of the name "pki/../../x"'],
  ['a hash that is none', { ...manifest, files: [{ ...manifest.files[0], sha256: 'x' }] }, 'its manifest does not describe etcd/snapshot.db'],
  ['a source that is no path', { ...manifest, files: [{ ...manifest.files[0], source: '../x' }] }, 'its manifest does not say where etcd/snapshot.db was'],
  ['a file twice', { ...manifest, files: [manifest.files[0], manifest.files[0]] }, 'its manifest names a file twice'],
  ['no snapshot', { ...manifest, files: [manifest.files[1]] }, 'it has no snapshot of etcd'],
])('a manifest with %s is refused', (_, value, message) => {
  expect(() => parseManifest(typeof value === 'string' ? value : JSON.stringify(value), 'FILE')).toThrow(new UserError(`FILE is not a backup of kubernode: ${message}`));
});
