import { spawnSync } from 'node:child_process';
import { nothingToSpread, shareShapes } from './shared-shapes.ts';

test.each([
  ['({ ...a, b: 1 })', '({ ...__nothing, ...a, b: 1 })'],
  ['{\n  ...a,\n  b,\n}', '{\n  ...__nothing, ...a,\n  b,\n}'],
  ['f({ ...a(), ...(b && { ...c, d }) })', 'f({ ...__nothing, ...a(), ...(b && { ...__nothing, ...c, d }) })'],
  ['({ ...a.b })', '({ ...a.b })'],
  ['const { a, ...rest } = b', 'const { a, ...rest } = b'],
  ['[...a, b]', '[...a, b]'],
])('shareShapes rewrites %j as %j', (source, expected) => {
  expect(shareShapes(source)).toBe(expected);
});

/** What a program prints, in a process of its own: V8 tells hidden classes only when it is asked to at its start. */
function run(program: string): string {
  return spawnSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', `${nothingToSpread} ${program}`], { encoding: 'utf8', env: { PATH: process.env['PATH'] } }).stdout.trim();
}

test('objects of a rewritten literal have one hidden class; those of the literal as it stands do not, or the rewriting can go', () => {
  const source = '{ ...a, t: i }';
  const compare = (literal: string): string => run(`const make = (i) => { const a = { p: i, q: i, r: i, s: i }; return ${literal}; };
    for (let i = 0; i < 100; i++) make(i);
    console.log(%HaveSameMap(make(1), make(2)), JSON.stringify(make(1)));`);
  const object = '{"p":1,"q":1,"r":1,"s":1,"t":1}';
  expect([compare(shareShapes(source)), compare(source)]).toEqual([`true ${object}`, `false ${object}`]);
});

test('a key named __proto__ stays a key', () => {
  expect(run(`const a = JSON.parse('{"__proto__":{"polluted":true}}'); console.log(Object.keys(${shareShapes('{ ...a, b: 1 }')}).join());`)).toBe('__proto__,b');
});
