import type { History, Stored } from '../history/history.ts';
import { boundClaims } from './bound-claims.ts';
import { judged, LONG, object, type Write } from './judged.fixture.ts';
import { protectedClaims } from './protected-claims.ts';
import { retainedClaims } from './retained-claims.ts';

const gone = ([resource, one]: Write): Write => [resource, one, 'gone'];
const said = (...args: Parameters<typeof judged>): unknown[] => judged(...args).filter((wrong) => wrong !== undefined);

describe('boundClaims', () => {
  const claim = (name: string, phase: string, volumeName?: string): Write => ['persistentvolumeclaims', object(name, { spec: { storageClassName: 'by-hand', ...(volumeName !== undefined && { volumeName }) }, status: { phase } })];
  const volume = (phase: string, uid?: string, metadata: object = {}): Write => ['persistentvolumes', object('v', { spec: { storageClassName: 'by-hand', persistentVolumeReclaimPolicy: 'Delete', ...(uid !== undefined && { claimRef: { uid } }) }, status: { phase }, metadata: { name: 'v', uid: 'v', ...metadata } })];
  const going = volume('Bound', 'a', { deletionTimestamp: 'now' });
  it.each<[string, string[], Write[]]>([
    ['tied to each other', [], [claim('a', 'Pending'), volume('Available'), volume('Bound', 'a'), claim('a', 'Bound', 'v')]],
    ['bound to a volume that is free', ["n/a is bound to v, which is nobody's"], [volume('Available'), claim('a', 'Bound', 'v'), volume('Bound', 'a')]],
    ['two at one volume', ["n/b is bound to v, which is another claim's", "n/b is bound to v, which is another claim's"], [volume('Bound', 'a'), claim('a', 'Bound', 'v'), claim('b', 'Bound', 'v')]],
    ['a volume that is taken away', ["n/a is bound to v, which is another claim's"], [volume('Bound', 'a'), claim('a', 'Bound', 'v'), volume('Bound', 'b'), volume('Bound', 'a')]],
    ['lost without reason', ['n/a says that it has lost v, which nobody deleted'], [volume('Bound', 'a'), claim('a', 'Bound', 'v'), claim('a', 'Lost', 'v')]],
    ['lost', [], [volume('Bound', 'a'), claim('a', 'Bound', 'v'), going, gone(going), claim('a', 'Lost', 'v')]],
    ['one waits, and a volume is free', ['n/a waits, where v is free'], [claim('a', 'Pending'), volume('Available')]],
    ['a volume that does not say who has it', ['v is Available, and should be Bound'], [volume('Available', 'a'), claim('a', 'Bound', 'v')]],
    ['a volume that outlives its claim', ['v was to be deleted with its claim'], [volume('Released', 'a')]],
  ])('%s', (_title, wrong, writes) => { expect(said(boundClaims(), writes)).toEqual(wrong); });
});

describe('protectedClaims', () => {
  const pod = (nodeName?: string): Write => ['pods', object('p', { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'a' } }], ...(nodeName !== undefined && { nodeName }) } })];
  const claim: Write = ['persistentvolumeclaims', object('a')];
  const going: Write = ['persistentvolumeclaims', object('a', { metadata: { name: 'a', uid: 'a', namespace: 'n', deletionTimestamp: 'now' } })];
  it.each<[string, string[], Write[]]>([
    ['under a pod', ['a is gone, and p still uses it'], [claim, pod('x'), going, gone(going)]],
    ['after its pod', [], [claim, pod('x'), going, gone(pod('x')), gone(going)]],
    ['while its pod has no node', [], [claim, pod(), going, gone(going)]],
    ['under a pod that came to a node when it was to go already', [], [claim, pod(), going, pod('x'), gone(going)]],
  ])('a claim goes %s', (_title, wrong, writes) => { expect(said(protectedClaims(), writes)).toEqual(wrong); });
});

describe('retainedClaims', () => {
  const set = (whenScaled: string, whenDeleted: string, replicas = 2): Write => ['statefulsets', object('db', { spec: { replicas, volumeClaimTemplates: [], persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted } } })];
  const claim = (ordinal: number, ...owner: [kind: string, uid: string] | []): Write => ['persistentvolumeclaims', object(`data-db-${ordinal}`, {}, owner.length === 0 ? undefined : owner)];
  const pod = (ordinal: number): Write => ['pods', object(`db-${ordinal}`)];
  it.each<[string, string[], Write[]]>([
    ['to the set, that asked for it', [], [set('Retain', 'Delete'), pod(0), claim(0), claim(0, 'StatefulSet', 'db')]],
    ['to the set, that did not', ['n/data-db-0 belongs to StatefulSet db, which nobody asked for'], [set('Delete', 'Retain'), claim(0, 'StatefulSet', 'db')]],
    ['to the set, that asked for it a moment ago', [], [set('Retain', 'Delete'), set('Retain', 'Retain'), claim(0, 'StatefulSet', 'db')]],
    ['to the set, that asked for it long ago', ['n/data-db-0 belongs to StatefulSet db, which nobody asked for'], [set('Retain', 'Delete'), set('Retain', 'Retain'), ...LONG, claim(0, 'StatefulSet', 'db')]],
    ['to a pod too many', [], [set('Delete', 'Retain'), claim(2, 'Pod', 'db-2')]],
    ['to a pod that is wanted', ['n/data-db-1 belongs to Pod db-1, which nobody asked for'], [set('Delete', 'Retain'), claim(1, 'Pod', 'db-1')]],
    ['to nobody at rest, where it should', ['n/data-db-0 does not belong to its set, whose claims are to go with it'], [set('Retain', 'Delete'), pod(0), claim(0)]],
  ])('a claim belongs %s', (_title, wrong, writes) => { expect(said(retainedClaims(), writes)).toEqual(wrong); });

  it('wants claims deleted only after their owners', () => {
    const [, owned] = claim(0, 'StatefulSet', 'db');
    const [, free] = claim(1);
    const judge = (one: Stored, ...statefulsets: Stored[]): string | undefined => {
      const all = (resource: string): Stored[] => ({ statefulsets, namespaces: [object('n')] } as Record<string, Stored[]>)[resource] ?? []; // by resource
      return retainedClaims().taken?.({ process: 'controller-manager-0', atMs: 0, request: { method: 'DELETE', path: `/api/v1/namespaces/n/persistentvolumeclaims/${one.metadata.name}` }, response: { status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify(one)) } }, { all } as unknown as History); // what is asked of it
    };
    expect([judge(owned), judge(owned, object('db')), judge(free)]).toEqual([undefined, 'controller-manager-0 deleted n/data-db-0, which still has StatefulSet db', 'controller-manager-0 deleted n/data-db-1, which belongs to nobody']);
  });
});
