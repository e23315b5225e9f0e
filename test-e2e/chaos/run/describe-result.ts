import { groupBy } from '@kubernode/base';
import type { FaultResult } from './run-fault.ts';

/** One line on a fault, one on the errors that writers heard, and one more for each finding. */
export function describeResult({ fault, victim, recoveryMs, writersGapMs, writerErrors, heard, serviceErrors, verdict }: FaultResult): string {
  const { operations, objects, writes, events, leaderActions } = verdict.checked;
  const head = `${verdict.findings.length === 0 ? '✓' : '✗'} ${fault} (${victim}): ${Math.round(recoveryMs)} ms; writers ${Math.round(writersGapMs)} ms, ${writerErrors} errors; service ${serviceErrors} errors; `
    + `checked ${operations} calls to ${objects} objects, ${writes} writes, ${events} events, ${leaderActions} actions of leaders`;
  const errors = [...groupBy(heard, (text) => text)].map(([text, times]) => `${times.length} × ${text}`).join(', ');
  return [head, ...(errors === '' ? [] : [`    heard: ${errors}`]), ...verdict.findings.map(({ checker, what }) => `    ${checker}: ${what}`)].join('\n');
}
