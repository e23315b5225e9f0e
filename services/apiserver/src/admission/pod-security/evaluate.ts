import { baselineChecks } from './baseline-checks.ts';
import type { Check, PodView, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted-checks.ts';

/** What of a level's rules a pod breaks. Pure. */
export function violationsOf(pod: PodView, { level, minor }: LevelVersion): Violation[] {
  if (level === 'privileged') return [];
  const inForce = ({ versions }: Check): Check['versions'][number] | undefined => versions.findLast(({ since }) => since <= minor);
  const strict = level === 'restricted' ? restrictedChecks.filter((check) => inForce(check) !== undefined) : [];
  const overridden = new Set(strict.flatMap(({ overrides = [] }) => overrides));
  return [...baselineChecks.filter(({ id }) => !overridden.has(id)), ...strict].map((check) => inForce(check)?.check(pod)).filter((violation) => violation !== undefined);
}

/** `host namespaces (hostPID=true), privileged (…)` */
export function describe(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

/** Warnings about pods that a stricter level would not have let in, alike ones together. Pure. */
export function describePods(pods: readonly { name: string; view: PodView }[], level: LevelVersion): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, view } of pods) {
    const reason = violationsOf(view, level).map((violation) => violation.reason).join(', ');
    if (reason !== '') byReason.set(reason, [...byReason.get(reason) ?? [], name]);
  }
  return [...byReason].map(([reason, names]) => {
    const first = names.reduce((least, name) => (name < least ? name : least));
    const others = names.length - 1;
    return `${first}${others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`}: ${reason}`;
  }).sort();
}
