import type { autoscalingV2 } from '@kubernode/api';
import { limitedByDefault, limitedByRules, type ScaleEvents } from './scaling-rules.ts';
import { stabilizedBothWays, stabilizedDown, type Recommendation } from './stabilization.ts';

const NOW = 10_000_000;
const ago = (seconds: number, replicas: number): Recommendation => ({ replicas, atMs: NOW - seconds * 1000 });

test.each<[string, number, [number, number, number], [number, string]]>([
  ['within', 5, [1, 10, 4], [5, 'DesiredWithinRange']],
  ['too few', 1, [2, 10, 4], [2, 'TooFewReplicas']],
  ['too many', 12, [1, 10, 9], [10, 'TooManyReplicas']],
  ['more than double', 20, [1, 30, 6], [12, 'ScaleUpLimit']],
  ['to four at least', 20, [1, 30, 1], [4, 'ScaleUpLimit']],
  ['the maximum before the doubling', 20, [1, 8, 6], [8, 'TooManyReplicas']],
])('without rules: %s', (_name, desired, [min, max, current], want) => {
  const { replicas, reason } = limitedByDefault(desired, { min, max, current });
  expect([replicas, reason]).toEqual(want);
});

const pods = (value: number, periodSeconds = 60): autoscalingV2.HPAScalingPolicy => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds = 60): autoscalingV2.HPAScalingPolicy => ({ type: 'Percent', value, periodSeconds });
const NONE: ScaleEvents = { ups: [], downs: [] };

test.each<[string, 'up' | 'down', autoscalingV2.HPAScalingRules, ScaleEvents, number, number, [number, string]]>([
  ['by pods', 'up', { selectPolicy: 'Max', policies: [pods(4)] }, NONE, 10, 50, [14, 'ScaleUpLimit']],
  ['by percent, rounded up', 'up', { selectPolicy: 'Max', policies: [percent(10)] }, NONE, 1, 50, [2, 'ScaleUpLimit']],
  ['the larger', 'up', { selectPolicy: 'Max', policies: [pods(4), percent(100)] }, NONE, 10, 50, [20, 'ScaleUpLimit']],
  ['the smaller', 'up', { selectPolicy: 'Min', policies: [pods(4), percent(100)] }, NONE, 10, 50, [14, 'ScaleUpLimit']],
  ['disabled', 'up', { selectPolicy: 'Disabled', policies: [pods(4)] }, NONE, 10, 50, [10, 'ScaleUpLimit']],
  ['what was added in the period counts', 'up', { selectPolicy: 'Max', policies: [pods(4)] }, { ups: [{ change: 3, atMs: NOW - 30_000 }, { change: 9, atMs: NOW - 60_000 }], downs: [] }, 10, 50, [11, 'ScaleUpLimit']],
  ['more was added than allowed: nothing', 'up', { selectPolicy: 'Max', policies: [pods(4)] }, { ups: [{ change: 9, atMs: NOW - 30_000 }], downs: [] }, 10, 50, [10, 'ScaleUpLimit']],
  ['what was taken away may come back', 'up', { selectPolicy: 'Max', policies: [pods(4)] }, { ups: [], downs: [{ change: 5, atMs: NOW - 30_000 }] }, 10, 50, [19, 'ScaleUpLimit']],
  ['the maximum', 'up', { selectPolicy: 'Max', policies: [percent(1000)] }, NONE, 90, 200, [100, 'TooManyReplicas']],
  ['by pods', 'down', { selectPolicy: 'Max', policies: [pods(4)] }, NONE, 20, 1, [16, 'ScaleDownLimit']],
  ['by percent, cut off', 'down', { selectPolicy: 'Max', policies: [percent(10)] }, NONE, 15, 1, [13, 'ScaleDownLimit']],
  ['the larger', 'down', { selectPolicy: 'Max', policies: [pods(4), percent(50)] }, NONE, 20, 1, [10, 'ScaleDownLimit']],
  ['the smaller', 'down', { selectPolicy: 'Min', policies: [pods(4), percent(50)] }, NONE, 20, 1, [16, 'ScaleDownLimit']],
  ['disabled', 'down', { selectPolicy: 'Disabled', policies: [pods(4)] }, NONE, 20, 1, [20, 'ScaleDownLimit']],
  ['the minimum', 'down', { selectPolicy: 'Max', policies: [percent(100)] }, NONE, 20, 0, [2, 'TooFewReplicas']],
])('with rules, %s (%s)', (_name, direction, rules, events, current, desired, want) => {
  const other: autoscalingV2.HPAScalingRules = { selectPolicy: 'Max', policies: [percent(100)] };
  const { replicas, reason } = limitedByRules(desired, { min: 2, max: 100, current }, { up: direction === 'up' ? rules : other, down: direction === 'down' ? rules : other, events, nowMs: NOW });
  expect([replicas, reason]).toEqual(want);
});

test.each<[string, number, Recommendation[], [number, string]]>([
  ['nothing before', 5, [], [5, 'ReadyForNewScale']],
  ['more was recommended lately', 3, [ago(60, 7), ago(400, 9)], [7, 'ScaleDownStabilized']],
  ['at the edge of the window', 3, [ago(300, 7)], [7, 'ScaleDownStabilized']],
  ['less was recommended', 5, [ago(60, 2)], [5, 'ReadyForNewScale']],
])('downwards: %s', (_name, desired, recent, want) => {
  const { replicas, reason } = stabilizedDown(desired, recent, { windowMs: 300_000, nowMs: NOW });
  expect([replicas, reason]).toEqual(want);
});

test.each<[string, number, number, Recommendation[], [number, string]]>([
  ['up, agreed by all', 4, 8, [ago(10, 9)], [8, 'ReadyForNewScale']],
  ['up to the least of the window', 4, 8, [ago(10, 6), ago(40, 5)], [6, 'ScaleUpStabilized']],
  ['not up when less was recommended', 4, 8, [ago(10, 2)], [4, 'ScaleUpStabilized']],
  ['down to the most of the window', 8, 3, [ago(50, 5), ago(400, 7)], [5, 'ScaleDownStabilized']],
  ['no window, no delay', 8, 3, [], [3, 'ReadyForNewScale']],
])('both ways: %s', (_name, current, desired, recent, want) => {
  const { replicas, reason } = stabilizedBothWays(desired, recent, { upMs: 30_000, downMs: 300_000, current, nowMs: NOW });
  expect([replicas, reason]).toEqual(want);
});
