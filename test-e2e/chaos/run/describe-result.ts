import type { FaultResult } from './run-fault.ts';

/** One line on a fault, and one more for each finding. */
export function describeResult({ fault, victim, recoveryMs, writersGapMs, writerErrors, serviceErrors, verdict }: FaultResult): string {
  const { operations, objects, writes, events, leaderActions } = verdict.checked;
  const head = `${verdict.findings.length === 0 ? '✓' : '✗'} ${fault} (${victim}): ${Math.round(recoveryMs)} ms; writers ${Math.round(writersGapMs)} ms, ${writerErrors} errors; service ${serviceErrors} errors; `
    + `checked ${operations} calls to ${objects} objects, ${writes} writes, ${events} events, ${leaderActions} actions of leaders`;
  return [head, ...verdict.findings.map(({ checker, what }) => `    ${checker}: ${what}`)].join('\n');
}
