import type { ServedResource } from '../registry/served-resource.ts';
import type { Strategy } from '../registry/strategy.ts';
import { encodeContinue } from './continue-token.ts';
import { listRequest, selectableFieldNames } from './list-options.ts';

function served(apiVersion: string, kind: string, strategy: Strategy = {}): ServedResource {
  return { apiVersion, kind: { group: '', version: '', kind }, storage: { strategy, namespaced: kind !== 'Node' && kind !== 'Namespace' && kind !== 'PersistentVolume' } } as ServedResource; // no more is read
}

function ask(query: string, resource: ServedResource = served('v1', 'ConfigMap')): string {
  try {
    listRequest(new URLSearchParams(query), resource, selectableFieldNames(resource));
    return 'ok';
  } catch (error) {
    return (error as Error).message; // StatusErrors are thrown
  }
}

const token = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('listRequest', () => {
  const match = 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ';
  it.each([
    ['limit=99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['limit=9223372036854775807', 'ok'],
    ['limit=-1', 'ok'],
    ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['timeoutSeconds=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['watch=1&sendInitialEvents=x&resourceVersionMatch=NotOlderThan', 'ok'],
    ['watch=1&sendInitialEvents=true', `${match}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`],
    ['watch=1&continue=abc', `${match}resourceVersionMatch is forbidden when continue is provided`],
    ['watch=1&continue=abc&resourceVersion=5', 'ok'],
    ['watch=1&resourceVersion=5&resourceVersionMatch=NotOlderThan', `${match}resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`],
    [`continue=${encodeContinue('a', 5)}`, 'ok'],
    [`continue=${encodeContinue('a', -1)}`, 'ok'],
    [`continue=${token({ v: 'meta.k8s.io/v1', rv: 0, start: 'a\0' })}`, 'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [`continue=${token({ v: 'meta.k8s.io/v1', rv: 7, start: '../secrets/x\0' })}`, 'invalid continue token: continue key is not valid: ../secrets/x\0'],
    [`continue=${token({ v: 'meta.k8s.io/v1', rv: 7, start: 'a/./b' })}`, 'invalid continue token: continue key is not valid: a/./b'],
  ])('answers %s with %j', (query, message) => {
    expect(ask(query)).toBe(message);
  });

  const selectable: Strategy = { selectableFields: () => ({ name: '', 'status.phase': '', 'involvedObject.name': '', 'regarding.name': '', reason: '' }) };
  it.each([
    ['v1', 'ConfigMap', {}, 'spec.x', '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['v1', 'Namespace', selectable, 'name', 'field label not supported: name'],
    ['v1', 'Namespace', selectable, 'status.phase', 'ok'],
    ['v1', 'Node', selectable, 'metadata.namespace', 'field label not supported: metadata.namespace'],
    ['v1', 'PersistentVolume', {}, 'metadata.namespace', 'ok'],
    ['v1', 'Event', selectable, 'metadata.namespace', 'ok'],
    ['v1', 'Event', selectable, 'regarding.name', 'field label not supported: regarding.name'],
    ['events.k8s.io/v1', 'Event', selectable, 'regarding.name', 'ok'],
    ['events.k8s.io/v1', 'Event', selectable, 'involvedObject.name', 'field label not supported: involvedObject.name'],
    ['batch/v1', 'Job', selectable, 'status.failed', 'field label "status.failed" not supported for Job'],
  ])('lets %s %s with %j be selected by %s: %s', (apiVersion, kind, strategy, field, message) => {
    expect(ask(`fieldSelector=${field}=x`, served(apiVersion, kind, strategy))).toBe(message);
  });
});
