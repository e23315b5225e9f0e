import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { parseLogLine } from './parse-log-line.ts';
import { type LogQuery, readLogs } from './read-logs.ts';

let dir: string;
let file: string;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'logs-')); file = path.join(dir, '0.log'); });
afterEach(() => { rmSync(dir, { recursive: true }); });

const line = (second: number, text: string, { stream = 'stdout', tag = 'F' } = {}): string => `2026-01-01T00:00:0${second}.000000000Z ${stream} ${tag} ${text}\n`;
const ALL: LogQuery = { follow: false, timestamps: false };

async function read(query: Partial<LogQuery>, isOpen: () => Promise<boolean> = () => Promise.resolve(false)): Promise<string> {
  let text = '';
  for await (const part of readLogs({ path: file, isOpen, clock: systemClock, signal: new AbortController().signal }, { ...ALL, ...query })) text += part;
  return text;
}

test.each([
  ['2026-01-01T00:00:00Z stdout F hello', { timestamp: '2026-01-01T00:00:00Z', stream: 'stdout', partial: false, text: 'hello' }],
  ['2026-01-01T00:00:00Z stderr P  two', { timestamp: '2026-01-01T00:00:00Z', stream: 'stderr', partial: true, text: ' two' }],
  ['2026-01-01T00:00:00Z stdout F ', { timestamp: '2026-01-01T00:00:00Z', stream: 'stdout', partial: false, text: '' }],
  ['nonsense', undefined],
])('parseLogLine: %s', (text, want) => { expect(parseLogLine(text)).toEqual(want); });

const content = line(1, 'one') + line(2, 'tw', { tag: 'P' }) + line(2, 'o') + line(3, 'three', { stream: 'stderr' });
const cases: { what: string; query: Partial<LogQuery>; want: string }[] = [
  { what: 'all, with parts joined', query: {}, want: 'one\ntwo\nthree\n' },
  { what: 'with timestamps', query: { timestamps: true }, want: '2026-01-01T00:00:01.000000000Z one\n2026-01-01T00:00:02.000000000Z two\n2026-01-01T00:00:03.000000000Z three\n' },
  { what: 'the last two lines, parts counting as one', query: { tailLines: 2 }, want: 'two\nthree\n' },
  { what: 'no line', query: { tailLines: 0 }, want: '' },
  { what: 'more lines than there are', query: { tailLines: 10 }, want: 'one\ntwo\nthree\n' },
  { what: 'a number of bytes', query: { limitBytes: 5 }, want: 'one\nt' },
  { what: 'since a time', query: { sinceMs: Date.parse('2026-01-01T00:00:02Z') }, want: 'two\nthree\n' },
  { what: 'one stream', query: { stream: 'stderr' }, want: 'three\n' },
];
test.each(cases)('readLogs: $what', async ({ query, want }) => {
  writeFileSync(file, content);
  expect(await read(query)).toBe(want);
});

test('readLogs: a follower sees what is appended, through a rotation, until the container ends', async () => {
  writeFileSync(file, line(1, 'one'));
  const steps = [
    () => { appendFileSync(file, line(2, 'two')); },
    () => { renameSync(file, `${file}.old`); writeFileSync(file, line(3, 'three')); },
    () => undefined,
  ];
  const isOpen = (): Promise<boolean> => { const step = steps.shift(); step?.(); return Promise.resolve(step !== undefined); };
  expect(await read({ follow: true }, isOpen)).toBe('one\ntwo\nthree\n');
});

test('readLogs: a tail that spans many chunks', async () => {
  writeFileSync(file, Array.from({ length: 5000 }, (_, i) => line(1, `line ${i} ${'x'.repeat(40)}`)).join(''));
  const text = await read({ tailLines: 3000 });
  expect([text.split('\n').length, text.slice(0, 9)]).toEqual([3001, 'line 2000']);
});
