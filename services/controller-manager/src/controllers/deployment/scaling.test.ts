import { deployment, replicaSet, type GivenDeployment } from './workload.fixture.ts';
import { isScalingEvent, newSetSize, scaleToSize, shrinkOldSets } from './scaling.ts';

/** Sizes from the newest ReplicaSet to the oldest; the first is the new one unless `newest` is 'old'. */
interface Sizing { from: number; to: number; surgeFrom?: number; surge?: number; sizes: number[]; newest?: 'old'; available?: number[]; notes?: number[] }

function sized({ from, to, surgeFrom = 0, surge = surgeFrom, sizes, newest, available = sizes, notes = sizes.map(() => from) }: Sizing): number[] {
  const sets = sizes.map((replicas, age) => replicaSet({ name: `v${sizes.length - age}`, age, replicas, available: available[age] ?? 0, desired: notes[age] ?? from, max: (notes[age] ?? from) + surgeFrom }));
  const [newSet, ...others] = newest === 'old' ? [undefined, ...sets] : sets;
  const scales = scaleToSize(deployment({ replicas: to, surge, unavailable: 1 }), newSet, others as typeof sets); // all but the first are there
  return sets.map((set) => scales.find((one) => one.set === set)?.replicas ?? set.spec?.replicas ?? 0);
}

describe('scaleToSize', () => {
  test.each<[string, Sizing, number[]]>([
    ['grows the only one', { from: 10, to: 12, sizes: [10] }, [12]],
    ['shrinks the only one', { from: 10, to: 5, sizes: [10] }, [5]],
    ['doubles two', { from: 5, to: 10, sizes: [2, 3] }, [4, 6]],
    ['shrinks two by their share', { from: 5, to: 3, sizes: [2, 3] }, [1, 2]],
    ['shrinks the smaller to nothing', { from: 9, to: 4, sizes: [8, 1] }, [4, 0]],
    ['grows three', { from: 7, to: 10, sizes: [2, 3, 2] }, [3, 4, 3]],
    ['shrinks three', { from: 13, to: 8, sizes: [2, 8, 3] }, [1, 5, 2]],
    ['gives what is left to the newest of equals', { from: 3, to: 4, sizes: [1, 1, 1] }, [2, 1, 1]],
    ['takes what is left from the oldest of equals', { from: 3, to: 2, sizes: [1, 1, 1] }, [1, 1, 0]],
    ['does so without a new one', { from: 4, to: 5, sizes: [2, 2], newest: 'old' }, [3, 2]],
    ['shrinks all to nothing', { from: 6, to: 0, sizes: [3, 2, 1] }, [0, 0, 0]],
    ['grows the newest from nothing', { from: 6, to: 6, sizes: [0, 0, 0] }, [6, 0, 0]],
    ['goes on where a set was left out before', { from: 5, to: 5, sizes: [2, 1, 1], notes: [5, 3, 5] }, [2, 2, 1]],
    ['counts surge', { from: 10, to: 20, surgeFrom: 2, sizes: [6, 6] }, [11, 11]],
    ['counts surge that changes with the size', { from: 10, to: 50, surgeFrom: 3, surge: 6, sizes: [5, 8] }, [22, 34]],
    ['grows old ones while the template changes as well', { from: 10, to: 14, sizes: [7, 3], newest: 'old' }, [10, 4]],
    ['leaves old pods alone while the new ones are broken', { from: 2, to: 2, surge: 1, surgeFrom: 1, sizes: [2, 1], available: [0, 1] }, [2, 1]],
    ['ends old ones when the new one has all', { from: 2, to: 2, sizes: [2, 1, 1] }, [2, 0, 0]],
  ])('%s', (_name, sizing, want) => { expect(sized(sizing)).toEqual(want); });

  test('a note that somebody removed is taken for the present size, and without pods for no share', () => {
    const [a, b] = [replicaSet({ name: 'a', replicas: 5 }), replicaSet({ name: 'b', replicas: 5, age: 1 })];
    const sizes = (replicas: number): number[] => scaleToSize(deployment({ replicas: 20, unavailable: 1, status: { replicas } }), a, [b]).map((scale) => scale.replicas);
    expect([sizes(10), sizes(0)]).toEqual([[10, 10], [15, 5]]);
  });

  test('a recreated Deployment with several ReplicaSets is not scaled by share', () => {
    expect(scaleToSize(deployment({ replicas: 5, recreate: true }), replicaSet({ replicas: 1 }), [replicaSet({ name: 'old', replicas: 2, age: 1 })])).toEqual([]);
  });
});

test.each<[string, number | undefined, boolean]>([['another size', 3, true], ['the same size', 10, false], ['no note', undefined, false]])('isScalingEvent of %s', (_name, desired, want) => {
  expect(isScalingEvent(deployment(), [replicaSet({ replicas: 1, ...(desired !== undefined && { desired }) }), replicaSet({ name: 'empty', desired: 3 })])).toBe(want);
});

test.each<[GivenDeployment, { old: number; present: number }, number]>([
  [{ surge: 0 }, { old: 10, present: 0 }, 0],
  [{ surge: 2 }, { old: 10, present: 0 }, 2],
  [{ surge: 2 }, { old: 5, present: 0 }, 7],
  [{ surge: 2 }, { old: 10, present: 2 }, 2],
  [{ surge: 2 }, { old: 2, present: 11 }, 10],
  [{ surge: '25%', unavailable: '25%' }, { old: 10, present: 0 }, 3],
  [{ replicas: 1, surge: '1%', unavailable: '25%' }, { old: 1, present: 0 }, 1],
  [{ recreate: true }, { old: 10, present: 0 }, 10],
])('newSetSize of %j beside %j', (given, { old, present }, want) => { expect(newSetSize(deployment(given), [replicaSet({ replicas: old })], present)).toBe(want); });

interface Shrinking { unavailable?: number; old: [replicas: number, available: number][]; fresh?: [replicas: number, available: number] }

test.each<[string, Shrinking, number[]]>([
  ['none may be missing, but surge is impossible', { unavailable: 0, old: [[10, 10]] }, [9]],
  ['two may be missing', { unavailable: 2, old: [[10, 10]] }, [8]],
  ['two are missing anyway', { unavailable: 2, old: [[10, 8]] }, [8]],
  ['one is missing, and one more may', { unavailable: 2, old: [[10, 9]] }, [8]],
  ['new ones are missing', { unavailable: 2, old: [[8, 8]], fresh: [2, 0] }, []],
  ['new ones came', { unavailable: 2, old: [[8, 8]], fresh: [2, 2] }, [6]],
  ['the oldest first', { unavailable: 2, old: [[4, 4], [4, 4]], fresh: [2, 2] }, [2, 4]],
  ['the broken first, then the oldest', { unavailable: 2, old: [[4, 4], [4, 2]], fresh: [4, 4] }, [2, 2]],
  ['one was just shrunk and still tells of more', { unavailable: 2, old: [[8, 10]], fresh: [3, 3] }, []],
])('shrinkOldSets when %s', (_name, { unavailable = 0, old, fresh = [0, 0] }, want) => {
  const sets = old.map(([replicas, available], i) => replicaSet({ name: `old-${i}`, age: 10 - i, replicas, available }));
  const scales = shrinkOldSets(deployment({ unavailable }), replicaSet({ replicas: fresh[0], available: fresh[1] }), sets);
  expect(scales.length === 0 ? [] : sets.map((set) => scales.find((one) => one.set === set)?.replicas ?? set.spec?.replicas)).toEqual(want);
});
