import { alreadyExists, forbidden, type StatusError } from '@kubernode/apimachinery';
import { appsV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { reconcile } from './deployment-controller.ts';
import { deployment, NOW_MS, replicaSet, template, type GivenDeployment } from './workload.fixture.ts';
import { REVISION, ROLLBACK_TO } from './revisions.ts';

interface Given { pods?: coreV1.Pod[]; refusal?: StatusError }

/** What a step does, with what follows from it when all goes well or, with `refusal`, when the first write is refused. */
function step(given: GivenDeployment, sets: appsV1.ReplicaSet[], { pods = [], refusal }: Given = {}): string[] {
  const { actions } = reconcile({ deployment: deployment(given), candidates: sets, podsOf: () => pods }, NOW_MS);
  const told = (action: Action): string[] => {
    if (action.do === 'event') return [`${action.type} ${action.reason}: ${action.message}`];
    if (action.do === 'delete') return [`delete ${action.target.name}`];
    if (action.do === 'patch') return [`patch ${action.target.name}`];
    if (action.do !== 'create' && action.do !== 'update') return [action.do];
    const object = action.object as appsV1.ReplicaSet; // or a Deployment; both have what is shown
    const outcome = refusal === undefined ? action.then?.(object) ?? [] : action.otherwise?.(refusal)?.actions ?? [];
    return [`${action.do} ${action.resource.resource}${action.do === 'update' && action.subresource !== undefined ? '/status' : ''} ${shown(object)}`, ...outcome.flatMap(told)];
  };
  return actions.flatMap(told);
}

function shown(object: appsV1.ReplicaSet | appsV1.Deployment): string {
  const { metadata: { name, annotations }, spec, status } = object;
  const progressing = (status?.conditions ?? []).find(({ type }) => type === 'Progressing');
  return object.kind === 'ReplicaSet' ? `${name}=${spec?.replicas ?? 0}` : `${annotations?.[REVISION] ?? '-'} ${progressing?.reason ?? '-'} ${(status as appsV1.DeploymentStatus).collisionCount ?? 0}`; // a Deployment's
}

const hash = podTemplateHash(template());
const settled: appsV1.DeploymentStatus = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0, conditions: [
  { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: 'm' }, { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'm' },
] };
const two: GivenDeployment = { replicas: 2, surge: 1, annotations: { [REVISION]: '1' }, status: settled };
const newest = replicaSet({ name: 'new', replicas: 2, revision: 1, desired: 2, max: 3 });
const old = (name: string, revision: number, given: Parameters<typeof replicaSet>[0] = {}): appsV1.ReplicaSet => replicaSet({ name, revision, image: `app:${name}`, age: 10 - revision, desired: 2, max: 3, ...given });

describe('reconcile', () => {
  test('does nothing when nothing is left to do', () => { expect(step(two, [newest])).toEqual([]); });

  test('makes the first ReplicaSet, tells so, and notes it', () => {
    expect(step({ replicas: 2 }, [])).toEqual([`create replicasets web-${hash}=2`, `Normal ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 2`, 'update deployments/status 1 NewReplicaSetCreated 0']);
  });

  test('is silent about a ReplicaSet that has no pods yet', () => {
    expect(step({ replicas: 0 }, [])).toEqual([`create replicasets web-${hash}=0`, 'update deployments/status 1 NewReplicaSetCreated 0']);
  });

  test('tells why a ReplicaSet is refused', () => {
    const refusal = forbidden(appsV1Resources.replicasets, 'x', 'exceeded quota');
    const message = `Failed to create new replica set "web-${hash}": ${refusal.message}`;
    expect(step({ replicas: 2 }, [], { refusal })).toEqual([`create replicasets web-${hash}=2`, `Warning ReplicaSetCreateError: ${message}`, 'update deployments/status - ReplicaSetCreateError 0']);
  });

  test('counts a collision when another\'s ReplicaSet has the name, and takes the next name', () => {
    const taken = replicaSet({ name: `web-${hash}`, image: 'other' });
    const others = { ...taken, metadata: { ...taken.metadata, ownerReferences: [] , labels: {} } };
    const refusal = alreadyExists(appsV1Resources.replicasets, taken.metadata.name);
    expect(step({ replicas: 2 }, [others], { refusal })).toEqual([`create replicasets web-${hash}=2`, 'update deployments/status - - 1']);
    expect(step({ replicas: 2, status: { collisionCount: 1 } }, [others])[0]).toBe(`create replicasets web-${podTemplateHash(template(), 1)}=2`);
    expect(step({ replicas: 2 }, [], { refusal })).toEqual([`create replicasets web-${hash}=2`]); // made a moment ago and not seen yet
  });

  test('adopts and lets go before all else', () => {
    const { ownerReferences: _owner, ...orphan } = newest.metadata;
    const strayed = { ...old('strayed', 1), metadata: { ...old('strayed', 1).metadata, labels: {} } };
    expect(step(two, [{ ...newest, metadata: orphan } as appsV1.ReplicaSet, strayed])).toEqual(['patch new', 'patch strayed']);
  });

  test('gives the ReplicaSet of a template that is back a new number first', () => {
    expect(step(two, [replicaSet({ name: 'new', revision: 1 }), old('b', 2, { replicas: 2 })])).toEqual(['update replicasets new=0']);
  });

  test.each<[string, GivenDeployment, string[]]>([
    ['keeps a history', { spec: { revisionHistoryLimit: 2 } }, ['delete a']],
    ['keeps none', { spec: { revisionHistoryLimit: 0 } }, ['delete a', 'delete c']], // b has a pod yet
    ['keeps all', { spec: { revisionHistoryLimit: 2 ** 31 - 1 } }, []],
    ['cleans up while paused', { spec: { revisionHistoryLimit: 2, paused: true } }, ['delete a']],
    ['leaves history alone while a rollback is asked for', { spec: { revisionHistoryLimit: 2, paused: true }, annotations: { [REVISION]: '4', [ROLLBACK_TO]: '1' } }, []],
    ['leaves history alone before it is done', { spec: { revisionHistoryLimit: 0 }, status: { ...settled, availableReplicas: 1 } }, []],
  ])('%s', (_name, given, want) => {
    const sets = [{ ...newest, metadata: { ...newest.metadata, annotations: { ...newest.metadata.annotations, [REVISION]: '4' } } }, old('c', 3), old('b', 2, { status: { replicas: 1 } }), old('a', 1)];
    expect(step({ ...two, annotations: { [REVISION]: '4' }, ...given, spec: { ...given.spec } }, sets).filter((one) => one.startsWith('delete'))).toEqual(want);
  });

  test('a paused Deployment makes no ReplicaSet, but is scaled', () => {
    expect(step({ ...two, spec: { paused: true, template: template('app:9') } }, [newest])).toEqual(['update deployments/status 1 DeploymentPaused 0']);
    expect(step({ ...two, replicas: 5, spec: { paused: true, template: template('app:9') } }, [newest]).slice(0, 2)).toEqual(['update replicasets new=5', 'Normal ScalingReplicaSet: Scaled up replica set new from 2 to 5']);
  });

  test('a Deployment that is being deleted is only counted', () => {
    const one = deployment({ ...two, replicas: 9 });
    const { actions } = reconcile({ deployment: { ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, candidates: [newest], podsOf: () => [] }, NOW_MS);
    expect(actions.map((action) => action.do === 'update' && action.subresource)).toEqual(['status']);
  });

  test('one that selects all pods is refused', () => {
    expect(step({ spec: { selector: {} } }, [])).toEqual(['Warning SelectingAll: This deployment is selecting all pods. A non-empty selector is required.', 'update deployments/status - - 0']);
  });
});

describe('a recreated Deployment', () => {
  const going = { metadata: { name: 'p' }, status: { phase: 'Running' } } as coreV1.Pod;
  const empty = old('old', 1, { status: { replicas: 0 } });
  const writes = (given: GivenDeployment, sets: appsV1.ReplicaSet[], more: Given = {}): string[] => step({ replicas: 2, recreate: true, ...given }, sets, more).filter((one) => one.includes('replicasets'));

  test.each<[string, appsV1.ReplicaSet[], Given, string[]]>([
    ['ends the old first', [old('old', 1, { replicas: 2 })], {}, ['update replicasets old=0']],
    ['waits for their ReplicaSet to notice', [old('old', 1, { status: { replicas: 1 } })], {}, []],
    ['waits for pods that are going', [empty], { pods: [going] }, []],
    ['does not wait for pods that have ended', [empty], { pods: [{ ...going, status: { phase: 'Failed' } }] }, [`create replicasets web-${hash}=2`]],
    ['then makes the new', [empty], {}, [`create replicasets web-${hash}=2`]],
    ['grows a new one that is there', [replicaSet({ name: 'new', revision: 2, desired: 2 }), empty], {}, ['update replicasets new=2']],
  ])('%s', (_name, sets, more, want) => { expect(writes({}, sets, more)).toEqual(want); });
});

describe('a rollback by annotation', () => {
  const rollback = (to: string, sets: appsV1.ReplicaSet[]): string[] => step({ ...two, annotations: { [REVISION]: '3', [ROLLBACK_TO]: to } }, sets);
  const third = { ...newest, metadata: { ...newest.metadata, annotations: { [REVISION]: '3' } } };

  test.each<[string, string, appsV1.ReplicaSet[], string[]]>([
    ['to a revision', '1', [third, old('b', 2), old('a', 1)], ['Normal DeploymentRollback: Rolled back deployment "web" to revision 1']],
    ['to the one before', '0', [third, old('b', 2), old('a', 1)], ['Normal DeploymentRollback: Rolled back deployment "web" to revision 2']],
    ['to none', '0', [{ ...newest }], ['Warning DeploymentRollbackRevisionNotFound: Unable to find last revision.']],
    ['to one that is gone', '7', [third, old('b', 2)], ['Warning DeploymentRollbackRevisionNotFound: Unable to find the revision to rollback to.']],
    ['to itself', '3', [third, old('b', 2)], ['Warning DeploymentRollbackTemplateUnchanged: The rollback revision contains the same template as current deployment "web"']],
  ])('%s', (_name, to, sets, want) => {
    const done = rollback(to, sets);
    expect([done.filter((one) => !one.startsWith('update')), done.filter((one) => one.startsWith('update deployments ')).length]).toEqual([want, 1]);
  });
});
