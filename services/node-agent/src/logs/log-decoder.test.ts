import { LogDecoder, type LogView } from './log-decoder.ts';

const line = (second: number, text: string, { stream = 'stdout', tag = 'F' } = {}): string => `2026-01-01T00:00:0${second}.5Z ${stream} ${tag} ${text}\n`;
const LOG = line(1, 'one') + line(2, 'tw', { tag: 'P' }) + line(2, 'o') + line(3, 'three', { stream: 'stderr' });
const time = (second: number): string => `2026-01-01T00:00:0${second}.500000000Z`;

function decode(log: string | Buffer, view: Partial<LogView>, chunkBytes = 1 << 20): Buffer {
  const decoder = new LogDecoder({ timestamps: false, ...view });
  const bytes = Buffer.from(log);
  const shown: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) shown.push(...decoder.push(bytes.subarray(at, at + chunkBytes)).map((piece) => Buffer.from(piece)));
  return Buffer.concat(shown);
}

const cases: { what: string; log?: string; view: Partial<LogView>; want: string }[] = [
  { what: 'all, with parts joined', view: {}, want: 'one\ntwo\nthree\n' },
  { what: 'times with nine digits, once a line', view: { timestamps: true }, want: `${time(1)} one\n${time(2)} two\n${time(3)} three\n` },
  { what: 'a number of records, parts counting', view: { recordsMax: 2 }, want: 'one\ntw' },
  { what: 'a number of bytes', view: { limitBytes: 5 }, want: 'one\nt' },
  { what: 'a number of bytes, times counting', view: { limitBytes: 12, timestamps: true }, want: '2026-01-01T0' },
  { what: 'since a time', view: { sinceMs: Date.parse('2026-01-01T00:00:02.5Z') }, want: 'two\nthree\n' },
  { what: 'since a moment later', view: { sinceMs: Date.parse('2026-01-01T00:00:02.501Z') }, want: 'three\n' },
  { what: 'one stream', view: { stream: 'stderr' }, want: 'three\n' },
  { what: 'times of another zone', log: '2026-01-01T01:00:01+01:00 stdout F a\n', view: { timestamps: true, sinceMs: Date.parse('2026-01-01T00:00:01Z') }, want: '2026-01-01T01:00:01.000000000+01:00 a\n' },
  { what: 'tags of the future', log: line(1, 'a', { tag: 'P:x' }) + line(1, 'b', { tag: 'F:y:z' }), view: {}, want: 'ab\n' },
  { what: 'what is no record is left out', log: `nonsense\n\n${line(1, 'a')}2026-01-01T00:00:01Z stdout F\n${'x'.repeat(1000)} y z w\n${line(2, 'b')}`, view: {}, want: 'a\nb\n' },
  { what: 'a record without its end', log: `${line(1, 'a')}2026-01-01T00:00:01Z stdout F b`, view: {}, want: 'a\nb' },
  { what: 'empty lines and leading spaces', log: line(1, '') + line(1, '  x '), view: {}, want: '\n  x \n' },
  { what: 'an empty part begins a line', log: line(1, '', { tag: 'P' }) + line(2, 'x'), view: { timestamps: true }, want: `${time(1)} ${time(2)} x\n` },
];

describe.each([1, 3, 7, 64, 1 << 20])('LogDecoder, %d bytes at once', (chunkBytes) => {
  test.each(cases)('$what', ({ log = LOG, view, want }) => { expect(decode(log, view, chunkBytes).toString()).toBe(want); });

  it('passes bytes that are no text as they are', () => {
    const bytes = Buffer.from([0xff, 0, 0xfe, 0x80, 0x20, 0x0d]);
    expect(decode(Buffer.concat([Buffer.from('2026-01-01T00:00:01Z stdout F '), bytes, Buffer.from('\n')]), {}, chunkBytes)).toEqual(Buffer.concat([bytes, Buffer.from('\n')]));
  });
});

describe('LogDecoder', () => {
  it('keeps nothing of a line that is very long', () => {
    const decoder = new LogDecoder({ timestamps: false });
    decoder.push(Buffer.from('2026-01-01T00:00:01Z stdout F '));
    const piece = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 8; i++) expect(decoder.push(piece)[0]?.buffer).toBe(piece.buffer);
    expect(decoder.push(Buffer.from('\n')).map(String)).toEqual(['\n']);
  });
});
