import type { KubeObject } from '@kubernode/apimachinery';
import type { DeleteRequestOptions } from '../../endpoints/delete-options.ts';
import type { ResourceStorage } from '../served-resource.ts';
import type { Strategy } from '../strategy.ts';
import { decideDeletion } from './delete-object.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const NONE: DeleteRequestOptions = { dryRun: false, preconditions: {}, raw: {} };
const decide = (metadata: Partial<KubeObject['metadata']>, strategy: Strategy = {}, options: Partial<DeleteRequestOptions> = {}): ReturnType<typeof decideDeletion> =>
  decideDeletion({ strategy } as ResourceStorage, { kind: 'K', apiVersion: 'v1', metadata: { name: 'a', ...metadata } }, { ...NONE, ...options }, NOW); // only the strategy is looked at

describe('decideDeletion', () => {
  const graceful: Strategy = { gracePeriodSeconds: (_object, requested) => requested ?? 30 };

  it('ends an object that nothing holds', () => {
    expect(decide({})).toEqual({ kind: 'delete' });
  });

  it('marks an object that finalizers hold, and counts a generation', () => {
    expect(decide({ finalizers: ['x'], generation: 3 })).toMatchObject({ kind: 'write', thenDelete: false, object: { metadata: { generation: 4, deletionGracePeriodSeconds: 0, deletionTimestamp: '2026-01-01T00:00:00Z' } } });
  });

  it.each([
    ['Foreground', ['foregroundDeletion']], ['Orphan', ['orphan']],
  ] as const)('holds it for the garbage collector by policy %s', (propagationPolicy, finalizers) => {
    expect(decide({}, {}, { propagationPolicy })).toMatchObject({ kind: 'write', object: { metadata: { finalizers } } });
  });

  it('grants grace, which only becomes shorter', () => {
    expect(decide({}, graceful)).toMatchObject({ kind: 'write', thenDelete: false, object: { metadata: { deletionGracePeriodSeconds: 30, deletionTimestamp: '2026-01-01T00:00:30Z' } } });
    const going = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
    expect(decide(going, graceful, { gracePeriodSeconds: 60 })).toEqual({ kind: 'unchanged' });
    expect(decide(going, graceful, { gracePeriodSeconds: 5 })).toMatchObject({ kind: 'write', object: { metadata: { deletionGracePeriodSeconds: 5, deletionTimestamp: '2026-01-01T00:00:05Z' } } });
    expect(decide(going, graceful, { gracePeriodSeconds: 0 })).toMatchObject({ kind: 'write', thenDelete: true });
  });

  it('ends an object that was marked to go at once, and that a server died over', () => {
    const marked = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 };
    expect(decide(marked, graceful, { gracePeriodSeconds: 0 })).toEqual({ kind: 'delete' });
    expect(decide({ ...marked, finalizers: ['x'] }, graceful, { gracePeriodSeconds: 0 })).toEqual({ kind: 'unchanged' });
  });

  it('takes another policy for an object without grace left that something holds', () => {
    const marked = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0, finalizers: ['x'] };
    expect(decide(marked, graceful, { propagationPolicy: 'Foreground' })).toMatchObject({ kind: 'write', thenDelete: false, object: { metadata: { finalizers: ['x', 'foregroundDeletion'] } } });
    expect(decide({ ...marked, deletionGracePeriodSeconds: 30 }, graceful, { propagationPolicy: 'Foreground' })).toEqual({ kind: 'unchanged' });
  });

  it.each([
    [5, { deletionGracePeriodSeconds: 1, deletionTimestamp: '2026-01-01T00:00:00Z' }, false],
    [0, { deletionGracePeriodSeconds: 0, deletionTimestamp: '2026-01-01T00:00:00Z' }, true],
  ])('moves no end into the past: %i s of a grace of which more is over', (gracePeriodSeconds, metadata, thenDelete) => {
    const going = { deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 30 };
    expect(decide(going, graceful, { gracePeriodSeconds })).toMatchObject({ kind: 'write', thenDelete, object: { metadata } });
  });

  it.each([
    [2 ** 31, '2094-01-19T03:14:08Z'], [Number.MAX_SAFE_INTEGER, '2172-02-20T23:53:37Z'],
  ])('counts a grace of %i s in 64 bits of nanoseconds', (gracePeriodSeconds, deletionTimestamp) => {
    expect(decide({}, graceful, { gracePeriodSeconds })).toMatchObject({ object: { metadata: { deletionGracePeriodSeconds: gracePeriodSeconds, deletionTimestamp } } });
  });
});
