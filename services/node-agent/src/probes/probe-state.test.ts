import { initialProbeState, nextProbeState, type ProbeKind } from './probe-state.ts';

const cases: { kind: ProbeKind; results: string; want: string; probe?: { successThreshold?: number; failureThreshold?: number } }[] = [
  { kind: 'readiness', results: '', want: 'failure' },
  { kind: 'readiness', results: '+', want: 'success' },
  { kind: 'readiness', results: '+--', want: 'success' },
  { kind: 'readiness', results: '+---', want: 'failure' },
  { kind: 'readiness', results: '+--+--', want: 'success' },
  { kind: 'readiness', results: '++', want: 'failure', probe: { successThreshold: 3 } },
  { kind: 'readiness', results: '+++', want: 'success', probe: { successThreshold: 3 } },
  { kind: 'liveness', results: '', want: 'success' },
  { kind: 'liveness', results: '-', want: 'failure', probe: { failureThreshold: 1 } },
  { kind: 'startup', results: '', want: 'unknown' },
  { kind: 'startup', results: '--', want: 'unknown' },
  { kind: 'startup', results: '--+', want: 'success' },
  { kind: 'startup', results: '---', want: 'failure' },
];

test.each(cases)('nextProbeState: $kind after "$results" is $want', ({ kind, results, want, probe = {} }) => {
  let state = initialProbeState(kind);
  for (const one of results) state = nextProbeState(state, one === '+' ? 'success' : 'failure', probe);
  expect(state.verdict).toBe(want);
});
