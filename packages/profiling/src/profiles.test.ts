import { MessageReader } from '@kubernode/rpc';
import { countedProfile, profileText } from './counted-profile.ts';
import { cpuProfile } from './cpu-profile.ts';
import { encodeProfile, type Profile } from './encode-profile.ts';
import { heapProfile } from './heap-profile.ts';

const frame = (functionName: string, lineNumber = 0, url = 'file:///app/main.js'): { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number } => ({ functionName, scriptId: '1', url, lineNumber, columnNumber: 0 });
const STARTED = Date.UTC(2026, 0, 2);

/** A pprof message back into words. */
function decode(message: Buffer): { strings: string[]; types: string[]; samples: { stack: string[]; values: number[] }[]; period: number; timeNs: bigint; durationNs: number } {
  const strings: string[] = [];
  const functions = new Map<number, { name: number; file: number }>();
  const locations = new Map<number, { functionId: number; line: number; mapping: number }>();
  const raw: { locations: number[]; values: number[] }[] = [];
  const types: { type: number; unit: number }[] = [];
  const out = { period: 0, timeNs: 0n, durationNs: 0 };
  const fields = (reader: MessageReader, read: (field: number) => void): void => { while (reader.next()) read(reader.field); };
  const reader = new MessageReader(message);
  fields(reader, (field) => {
    switch (field) {
      case 1: { const one = { type: 0, unit: 0 }; const inner = reader.message(); fields(inner, (f) => { if (f === 1) one.type = inner.int(); else one.unit = inner.int(); }); types.push(one); break; }
      case 2: { const one = { locations: [] as number[], values: [] as number[] }; const inner = reader.message(); fields(inner, (f) => { (f === 1 ? one.locations : one.values).push(inner.int()); }); raw.push(one); break; }
      case 4: {
        const inner = reader.message();
        const one = { id: 0, functionId: 0, line: 0, mapping: 0 };
        fields(inner, (f) => {
          if (f === 1) one.id = inner.int(); else if (f === 2) one.mapping = inner.int(); else {
            const line = inner.message();
            fields(line, (g) => { if (g === 1) one.functionId = line.int(); else one.line = line.int(); });
          }
        });
        locations.set(one.id, one);
        break;
      }
      case 5: { const one = { id: 0, name: 0, file: 0 }; const inner = reader.message(); fields(inner, (f) => { if (f === 1) one.id = inner.int(); else if (f === 2) one.name = inner.int(); else if (f === 4) one.file = inner.int(); }); functions.set(one.id, one); break; }
      case 6: strings.push(reader.string()); break;
      case 9: out.timeNs = reader.bigint(); break;
      case 10: out.durationNs = reader.int(); break;
      case 12: out.period = reader.int(); break;
      default:
    }
  });
  const named = (id: number): string => { const at = locations.get(id); const fn = functions.get(at?.functionId ?? 0); return `${strings[fn?.name ?? 0]} ${strings[fn?.file ?? 0]}:${at?.line} m${at?.mapping}`; };
  return { ...out, strings, types: types.map(({ type, unit }) => `${strings[type]}/${strings[unit]}`), samples: raw.map(({ locations: stack, values }) => ({ stack: stack.map(named), values })) };
}

describe('encodeProfile', () => {
  it('writes what a reader of the format reads', () => {
    const profile: Profile = {
      sampleTypes: [{ type: 'samples', unit: 'count' }, { type: 'cpu', unit: 'nanoseconds' }], periodType: { type: 'cpu', unit: 'nanoseconds' }, period: 10_000_000, startedAtMs: STARTED, durationMs: 1500,
      samples: [
        { stack: [{ name: 'leaf', file: '/a.js', line: 7 }, { name: 'main', file: '/a.js', line: 1 }], values: [2, 20_000_000_000] },
        { stack: [{ name: 'main', file: '/a.js', line: 1 }], values: [0, 0] },
      ],
    };
    const read = decode(encodeProfile(profile));
    expect(read).toMatchObject({
      types: ['samples/count', 'cpu/nanoseconds'], period: 10_000_000, timeNs: BigInt(STARTED) * 1_000_000n, durationNs: 1_500_000_000,
      samples: [{ stack: ['leaf /a.js:7 m1', 'main /a.js:1 m1'], values: [2, 20_000_000_000] }, { stack: ['main /a.js:1 m1'], values: [0, 0] }],
    });
    expect(read.strings[0]).toBe('');
    expect(new Set(read.strings).size).toBe(read.strings.length);
  });
});

describe('cpuProfile', () => {
  it('gives each sample the time until the next one, and leaves idleness out', () => {
    const profile = cpuProfile({
      nodes: [
        { id: 1, callFrame: frame('(root)', -1, ''), children: [2, 3, 5] }, { id: 2, callFrame: frame('(idle)', -1, '') },
        { id: 3, callFrame: frame('outer', 9), children: [4] }, { id: 4, callFrame: frame('', 19) }, { id: 5, callFrame: frame('(garbage collector)', -1, '') },
      ],
      startTime: 0, endTime: 100_000, samples: [2, 4, 4, 3, 5], timeDeltas: [10_000, 20_000, 10_000, 10_000, 40_000],
    }, { startedAtMs: STARTED, periodNs: 10_000_000 });
    expect(profile).toMatchObject({ durationMs: 100, startedAtMs: STARTED, period: 10_000_000 });
    expect(profile.samples).toEqual([
      { stack: [{ name: '(anonymous)', file: '/app/main.js', line: 20 }, { name: 'outer', file: '/app/main.js', line: 10 }], values: [2, 20_000_000] },
      { stack: [{ name: 'outer', file: '/app/main.js', line: 10 }], values: [1, 40_000_000] },
      { stack: [{ name: '(garbage collector)', file: '', line: 0 }], values: [1, 10_000_000] },
    ]);
  });

  it('is empty when nothing was sampled', () => {
    expect(cpuProfile({ nodes: [{ id: 1, callFrame: frame('(root)') }], startTime: 0, endTime: 5 }, { startedAtMs: 0, periodNs: 1 }).samples).toEqual([]);
  });
});

test('heapProfile tells the bytes of each stack that allocated', () => {
  const { samples, sampleTypes } = heapProfile({ head: { callFrame: frame('(root)', -1, ''), selfSize: 0, children: [{ callFrame: frame('keep', 4), selfSize: 1024, children: [{ callFrame: frame('deep', 8, 'node:fs'), selfSize: 10, children: [] }] }] } }, { startedAtMs: 0, periodBytes: 512 });
  expect(sampleTypes).toEqual([{ type: 'inuse_space', unit: 'bytes' }]);
  expect(samples).toEqual([
    { stack: [{ name: 'keep', file: '/app/main.js', line: 5 }], values: [1024] },
    { stack: [{ name: 'deep', file: 'node:fs', line: 9 }, { name: 'keep', file: '/app/main.js', line: 5 }], values: [10] },
  ]);
});

test('countedProfile counts, profileText shows the most first', () => {
  expect(profileText('goroutine', countedProfile('goroutine', ['Timeout', 'TCPSocketWrap', 'TCPSocketWrap'], 0))).toBe('goroutine profile: total 3\n2 @\n#\tTCPSocketWrap\n\n1 @\n#\tTimeout\n\n');
});
