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

/** Runs in a process of its own, as V8 tells classes only when it is asked to at its start. */
function haveSharedShape(source: string): boolean {
  const program = `${nothingToSpread} const make = (i) => { const a = { p: i, q: i, r: i, s: i }; return ${source}; };
    for (let i = 0; i < 100; i++) make(i);
    const one = make(1);
    console.log(%HaveSameMap(one, make(2)), JSON.stringify(one));`;
  const { stdout } = spawnSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', program], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  const [same, object] = stdout.trim().split(' ');
  expect(object).toBe('{"p":1,"q":1,"r":1,"s":1,"t":1}');
  return same === 'true';
}

test('objects of a rewritten literal have one hidden class; those of the literal as it stands do not, or the rewriting can go', () => {
  const source = '{ ...a, t: i }';
  expect([haveSharedShape(shareShapes(source)), haveSharedShape(source)]).toEqual([true, false]);
});

test('a key named __proto__ stays a key', () => {
  const copy = new Function('a', `${nothingToSpread} return ${shareShapes('({ ...a, b: 1 })')};`) as (a: unknown) => object; // what the build would make of it
  expect(Object.keys(copy(JSON.parse('{"__proto__":{"polluted":true}}')))).toEqual(['__proto__', 'b']);
});
