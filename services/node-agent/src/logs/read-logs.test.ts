import { appendFileSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { type LogQuery, readLogs } from './read-logs.ts';

let root: string;
let file: string;
beforeEach(() => { root = mkdtempSync(path.join(tmpdir(), 'logs-')); file = path.join(root, 'pod/0.log'); mkdirSync(path.dirname(file)); });
afterEach(() => { rmSync(root, { recursive: true }); });

const line = (text: string): string => `2026-01-01T00:00:01.000000000Z stdout F ${text}\n`;

async function read(query: Partial<LogQuery>, isOpen: () => boolean = () => false): Promise<string> {
  let text = '';
  for await (const part of readLogs({ path: file, root, isOpen, clock: systemClock, signal: new AbortController().signal }, { follow: false, timestamps: false, ...query })) text += part.toString('latin1');
  return text;
}

test.each([
  [undefined, 'one\ntwo\nthree\n'], [2, 'two\nthree\n'], [0, ''], [3, 'one\ntwo\nthree\n'], [10, 'one\ntwo\nthree\n'],
])('readLogs: a tail of %s', async (tailLines, want) => {
  writeFileSync(file, line('one') + line('two') + line('three'));
  expect(await read({ tailLines })).toBe(want);
});

test('readLogs: a tail over many blocks', async () => {
  writeFileSync(file, Array.from({ length: 5000 }, (_, i) => line(`line ${i} ${'x'.repeat(40)}`)).join(''));
  const text = await read({ tailLines: 3000 });
  expect([text.split('\n').length, text.slice(0, 9)]).toEqual([3001, 'line 2000']);
});

test('readLogs: the tail of a log of 10 GB is there at once', async () => {
  const handle = openSync(file, 'w');
  const sizeBytes = 10 * 2 ** 30;
  ftruncateSync(handle, sizeBytes); // sparse: the file costs nothing, its length is what counts
  writeSync(handle, Buffer.from(`\n${line('the')}${line('end')}`), 0, undefined, sizeBytes);
  closeSync(handle);
  const startMs = performance.now();
  expect(await read({ tailLines: 2 })).toBe('the\nend\n');
  expect(performance.now() - startMs).toBeLessThan(250);
});

test('readLogs: a follower sees what is appended, through rotations, until the container ends', async () => {
  writeFileSync(file, line('one'));
  const rotate = (stamp: string, text: string): void => { renameSync(file, `${file}.${stamp}`); writeFileSync(file, text); };
  const steps = [
    () => { appendFileSync(file, line('two')); },
    () => { rotate('20260101-000001', line('three')); },
    () => { appendFileSync(file, line('four')); rotate('20260101-000002', line('five')); rotate('20260101-000003', line('six')); writeFileSync(`${file}.20260101-000000.gz`, 'x'); },
    () => undefined,
  ];
  const isOpen = (): boolean => { const step = steps.shift(); step?.(); return step !== undefined; };
  expect(await read({ follow: true }, isOpen)).toBe('one\ntwo\nthree\nfour\nfive\nsix\n');
});

test('readLogs: a follower that nobody needs any more ends', async () => {
  writeFileSync(file, line('one'));
  const left = new AbortController();
  const parts: string[] = [];
  for await (const part of readLogs({ path: file, root, isOpen: () => true, clock: systemClock, signal: left.signal }, { follow: true, timestamps: false })) { parts.push(String(part)); left.abort(); }
  expect(parts).toEqual(['one\n']);
});

describe('readLogs where somebody has put a link', () => {
  it('shows nothing of what lies elsewhere', async () => {
    symlinkSync('/etc/passwd', file);
    await expect(read({})).rejects.toMatchObject({ code: 'ELOOP', message: `open ${file}: too many levels of symbolic links` });
  });

  it('shows nothing by a linked directory either', async () => {
    rmSync(path.dirname(file), { recursive: true });
    symlinkSync('/etc', path.dirname(file));
    file = path.join(path.dirname(file), 'passwd');
    await expect(read({ tailLines: 1 })).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('does not wait for a pipe', async () => {
    execFileSync('mkfifo', [file]);
    await expect(read({ follow: true })).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('follows one that stays inside', async () => {
    writeFileSync(`${root}/real`, line('one'));
    symlinkSync('../real', file);
    expect([await read({}), readFileSync(file, 'utf8')]).toEqual(['one\n', line('one')]);
  });
});
