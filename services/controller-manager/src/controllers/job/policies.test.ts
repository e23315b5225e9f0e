import type { batchV1, coreV1 } from '@kubernode/api';
import { countsAsFailure, judgeFailure } from './failure-policy.ts';
import { parseIntervals } from './index-intervals.ts';
import { judgeSuccess } from './success-policy.ts';

type Rule = batchV1.PodFailurePolicyRule;

const container = (name: string, exitCode: number | undefined): coreV1.ContainerStatus => ({ name, image: '', imageID: '', ready: false, restartCount: 0, state: exitCode === undefined ? { running: {} } : { terminated: { exitCode } } });

function pod(status: coreV1.PodStatus): coreV1.Pod { return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' }, status: { phase: 'Failed', ...status } }; }

const exits = (action: string, operator: string, values: number[], containerName?: string): Rule => ({ action, onExitCodes: { operator, values, ...(containerName !== undefined && { containerName }) } });
const has = (action: string, type: string, status?: string): Rule => ({ action, onPodConditions: [{ type, ...(status !== undefined && { status }) }] });

test.each<[string, Rule[], coreV1.PodStatus, string | undefined]>([
  ['no rule', [], { containerStatuses: [container('main', 1)] }, undefined],
  ['a listed code', [exits('FailJob', 'In', [2, 3])], { containerStatuses: [container('a', 1), container('b', 3)] }, 'FailJob: Container b for pod ns/p failed with exit code 3 matching FailJob rule at index 0'],
  ['no listed code', [exits('Count', 'NotIn', [2, 3])], { containerStatuses: [container('a', 2), container('b', 4)] }, 'Count: Container b for pod ns/p failed with exit code 4 matching Count rule at index 0'],
  ['success is no failure to match', [exits('FailJob', 'NotIn', [3])], { containerStatuses: [container('a', 0)] }, undefined],
  ['who runs has no code', [exits('FailJob', 'NotIn', [3])], { containerStatuses: [container('a', undefined)] }, undefined],
  ['another container', [exits('FailJob', 'In', [3], 'b')], { containerStatuses: [container('a', 3)] }, undefined],
  ['an init container', [exits('FailIndex', 'In', [3])], { initContainerStatuses: [container('init', 3)] }, 'FailIndex: Container init for pod ns/p failed with exit code 3 matching FailIndex rule at index 0'],
  ['a condition', [exits('FailJob', 'In', [9]), has('Ignore', 'DisruptionTarget')], { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }, 'Ignore: Pod ns/p has condition DisruptionTarget matching Ignore rule at index 1'],
  ['a condition of another status', [has('Ignore', 'DisruptionTarget', 'False')], { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }, undefined],
  ['the first rule that matches', [has('Count', 'X'), has('FailJob', 'X')], { conditions: [{ type: 'X', status: 'True' }] }, 'Count: Pod ns/p has condition X matching Count rule at index 0'],
])('a failure meets %s', (_name, rules, status, want) => {
  const verdict = judgeFailure({ rules }, pod(status));
  expect([verdict && `${verdict.action}: ${verdict.message}`, countsAsFailure({ rules }, pod(status))]).toEqual([want, verdict?.action !== 'Ignore']);
});

test.each<[string, batchV1.SuccessPolicyRule[], string, number | undefined]>([
  ['nothing yet', [{ succeededCount: 0 }], '', undefined],
  ['all of the wanted', [{ succeededIndexes: '0-2' }], '0-3', 0],
  ['not all', [{ succeededIndexes: '0-2' }], '0,2', undefined],
  ['as many of the wanted', [{ succeededIndexes: '0-4', succeededCount: 2 }], '1,3,7', 0],
  ['as many of any', [{ succeededIndexes: '5' }, { succeededCount: 2 }], '1,3', 1],
  ['an index the job has not', [{ succeededIndexes: '50' }], '1', undefined],
])('a success rule with %s', (_name, rules, succeeded, want) => {
  expect(judgeSuccess({ successPolicy: { rules }, completions: 10 }, parseIntervals(succeeded, 10))).toBe(want === undefined ? undefined : `Matched rules at index ${want}`);
});
