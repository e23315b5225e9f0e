import type { History, Stored } from '../history/history.ts';
import { budgetStatuses } from './budget-statuses.ts';
import { budgetedEvictions } from './budgeted-evictions.ts';
import { judged, LONG, object, type Write } from './judged.fixture.ts';

const READY = { type: 'Ready', status: 'True' };
const EVICTED = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };

const pod = (name: string, conditions: object[] = [READY], rest: object = {}): Write => ['pods', object(name, { status: { phase: 'Running', conditions, ...rest }, metadata: { name, uid: name, namespace: 'n', labels: { app: 'web' } } })];
const budget = (status: object, spec: object = {}, generation = 1): Write => ['poddisruptionbudgets', object('web', { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec }, status: { observedGeneration: 1, ...status }, metadata: { name: 'web', uid: 'web', namespace: 'n', generation } })];
const gone = ([resource, one]: Write): Write => [resource, one, 'gone'];
const evicted = (name: string): Write => pod(name, [READY, EVICTED]);
const allows = (disruptionsAllowed: number, ...disrupted: string[]): Write => budget({ disruptionsAllowed, currentHealthy: 3, desiredHealthy: 1, disruptedPods: Object.fromEntries(disrupted.map((name) => [name, 'now'])) });

describe('budgetedEvictions', () => {
  const unpaid = 'a was evicted, and web has not paid for it';
  it.each<[string, Write[], string | undefined]>([
    ['without a budget', [pod('a'), evicted('a')], undefined],
    ['without a budget a moment ago', [pod('a'), allows(0), evicted('a')], undefined],
    ['paid', [allows(1), pod('a'), allows(0, 'a'), evicted('a')], undefined],
    ['of a pod that is not ready, where enough are', [allows(0), pod('a', []), evicted('a')], undefined],
    ['of a pod that does not run', [allows(0), pod('a', [], { phase: 'Pending' }), evicted('a')], undefined],
  ])('%s, soon after the first budget came', (_title, writes, wrong) => { expect(judged(budgetedEvictions(), writes).at(-1)).toBe(wrong); });

  /** So long after the budget came that nobody can have missed it. */
  const later = (writes: Write[]): Write[] => [allows(0), ...LONG, ...writes];
  it.each<[string, Write[], string | undefined]>([
    ['not paid', [pod('a'), evicted('a')], unpaid],
    ['paid for another pod', [pod('a'), allows(1), allows(0, 'b'), evicted('a')], unpaid],
    ['paid for once, and once more', [pod('a'), allows(1), allows(0, 'a'), evicted('a'), pod('a'), evicted('a')], unpaid],
    ['of a pod that is not ready, where too few are', [budget({ currentHealthy: 0, desiredHealthy: 1 }), ...later([pod('a', []), evicted('a')]).slice(1)], unpaid],
    ['of a pod that is not ready, where enough are', [pod('a', []), evicted('a')], undefined],
    ['with a budget that was away for a moment', [gone(allows(0)), allows(0), pod('a'), evicted('a')], undefined],
  ])('%s', (_title, writes, wrong) => { expect(judged(budgetedEvictions(), later(writes)).at(-1)).toBe(wrong); });

  it.each<[string, Write[], string | undefined]>([
    ['one of one', [allows(1), allows(0, 'a')], undefined],
    ['one of none', [allows(0), allows(0, 'a')], 'a may go by web, which allowed 0 and then 0'],
    ['two of one', [allows(1), allows(0, 'a', 'b')], 'a,b may go by web, which allowed 1 and then 0'],
    ['one that costs nothing', [allows(1), allows(1, 'a')], 'a may go by web, which allowed 1 and then 1'],
    ['one, while the status is old', [budget({ disruptionsAllowed: 1 }, {}, 2), budget({ disruptionsAllowed: 0, disruptedPods: { a: 'now' } }, {}, 2)], 'a may go by web, which allowed 1 and then 0'],
  ])('a budget pays for %s', (_title, writes, wrong) => { expect(judged(budgetedEvictions(), writes).at(-1)).toBe(wrong); });

  it('wants a pod gone whose eviction was taken', () => {
    const invariant = budgetedEvictions();
    const [, known] = pod('a');
    const history = { get: () => known } as unknown as History; // what is asked of it
    invariant.observe?.({ revision: 1, atMs: 0, resource: 'pods', key: '', object: known, previous: undefined }, history);
    const taken = (atMs: number): string | undefined => invariant.taken?.({ process: 'users', atMs, request: { method: 'POST', path: '/api/v1/namespaces/n/pods/a/eviction' }, response: { status: 201, contentType: '', warnings: [], body: Buffer.alloc(0) } }, history);
    expect([taken(1_000), taken(200_000)]).toEqual([undefined, 'an eviction of users was taken, and a stays']);
  });
});

describe('budgetStatuses', () => {
  const says = (currentHealthy: number, disruptionsAllowed: number, rest: object = {}): Write => budget({ expectedPods: 2, currentHealthy, desiredHealthy: 1, disruptionsAllowed, ...rest });
  const [a, b] = [pod('a'), pod('b')];
  const judge = (...writes: Write[]): unknown[] => judged(budgetStatuses(), writes).filter((wrong) => wrong !== undefined);

  it('wants what was so at one moment', () => {
    expect(judge(a, b, says(0, 0), says(2, 1))).toEqual([]);
    expect(judge(a, says(0, 0), says(2, 1), b)).toEqual(['web says that 2 pods are healthy, where there were 0 or 1']);
    expect(judge(a, b, says(0, 0), says(2, 2))).toEqual(['web allows 2 disruptions, where 2 pods are healthy and 1 needed', 'n/web says 2,2,1,2, where it should say 2,2,1,1']);
    const paid = [a, b, says(0, 0), says(2, 1), says(2, 0, { disruptedPods: { a: 'now' } })];
    expect(judge(...paid, says(1, 0, { disruptedPods: { a: 'now' } }), says(2, 1))).toEqual([]);
    expect(judge(...paid, says(2, 1, { disruptedPods: { a: 'now' } }), says(2, 1))).toEqual(['web says that 2 pods are healthy, where there were 0 or 1']);
  });

  it('wants shares of what workloads wish', () => {
    const wishes: Write = ['statefulsets', object('set', { spec: { replicas: 4 } })];
    const owned = (name: string): Write => { const [resource, { metadata, ...rest }] = pod(name); return [resource, { ...rest, metadata: { ...metadata, ownerReferences: [{ apiVersion: '', kind: 'StatefulSet', name: 'set', uid: 'set', controller: true }] } } as Stored]; };
    const share = (spec: object, ...[expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed]: number[]): Write => budget({ expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed }, { minAvailable: undefined, ...spec });
    const at = (...writes: Write[]): unknown[] => judge(wishes, owned('a'), owned('b'), owned('c'), ...writes);
    expect(at(share({ minAvailable: '30%' }, 4, 3, 2, 1))).toEqual([]);
    expect(at(share({ maxUnavailable: '30%' }, 4, 3, 2, 1))).toEqual([]);
    expect(at(share({ maxUnavailable: 1 }, 4, 3, 3, 0))).toEqual([]);
    expect(at(share({ maxUnavailable: 1 }, 3, 3, 2, 1))).toEqual(['n/web says 3,3,2,1, where it should say 4,3,3,0']);
  });
});
