import { danglingCondition } from './flow-schema-status.ts';

type Schema = Parameters<typeof danglingCondition>[0];
const FOUND = { type: 'Dangling', status: 'False', reason: 'Found', message: 'This FlowSchema references the PriorityLevelConfiguration object named "global-default" and it exists' };
const schema = (level: string, conditions: object[] = []): Schema => ({
  kind: 'FlowSchema', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 'f' }, spec: { priorityLevelConfiguration: { name: level } }, status: { conditions },
}) as Schema; // conditions by the cases below

describe('danglingCondition', () => {
  const hasLevel = (name: string): boolean => name === 'global-default';

  it.each([
    ['a level that exists', schema('global-default'), { ...FOUND, lastTransitionTime: '1970-01-01T00:00:01Z' }],
    ['what is said already', schema('global-default', [FOUND]), undefined],
    ['a level that does not', schema('nope', [FOUND]), { type: 'Dangling', status: 'True', reason: 'NotFound', lastTransitionTime: '1970-01-01T00:00:01Z', message: 'This FlowSchema references the PriorityLevelConfiguration object named "nope" but there is no such object' }],
  ])('of %s', (_name, object, wanted) => {
    expect(danglingCondition(object, hasLevel, 1000)).toEqual(wanted);
  });
});
