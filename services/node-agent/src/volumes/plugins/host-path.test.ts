import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkHostPath } from './host-path.ts';

let dir: string;
let server: Server;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'host-path-'));
  mkdirSync(path.join(dir, 'dir'));
  writeFileSync(path.join(dir, 'file'), '');
  symlinkSync('dir', path.join(dir, 'link'));
  execFileSync('mkfifo', [path.join(dir, 'pipe')]);
  server = createServer();
  await new Promise<void>((resolve) => { server.listen(path.join(dir, 'socket'), resolve); });
});
afterAll(() => { server.close(); rmSync(dir, { recursive: true, force: true }); });

test.each([
  ['anything', '', undefined], ['dir', 'Directory', undefined], ['link', 'Directory', undefined], ['file', 'Directory', 'a directory'], ['gone', 'Directory', 'a directory'], ['dir', 'DirectoryOrCreate', undefined], ['file', 'DirectoryOrCreate', 'a directory'],
  ['file', 'File', undefined], ['dir', 'File', 'a file'], ['pipe', 'File', 'a file'], ['gone', 'File', 'a file'], ['file', 'FileOrCreate', undefined], ['dir', 'FileOrCreate', 'a file'],
  ['socket', 'Socket', undefined], ['file', 'Socket', 'a socket file'], ['../../dev/null', 'CharDevice', undefined], ['file', 'CharDevice', 'a character device'], ['../../dev/null', 'BlockDevice', 'a block device'],
])('checkHostPath: %s as %j', async (name, type, wrong) => {
  const file = name.endsWith('dev/null') ? '/dev/null' : path.join(dir, name);
  const fault = await checkHostPath(file, type).then(() => undefined, (error: Error) => error.message);
  expect(fault).toBe(wrong === undefined ? undefined : `hostPath type check failed: ${file} is not ${wrong}`);
});

test('checkHostPath makes what is missing, and nothing else', async () => {
  await checkHostPath(path.join(dir, 'new/deep'), 'DirectoryOrCreate');
  await checkHostPath(path.join(dir, 'new/file'), 'FileOrCreate');
  expect([statSync(path.join(dir, 'new/deep')).isDirectory(), statSync(path.join(dir, 'new/file')).isFile()]).toEqual([true, true]);
  for (const type of ['Block', 'SocketOrCreate', 'OrCreate']) await expect(checkHostPath(dir, type)).rejects.toThrow(`${type} is an invalid volume type`);
});
