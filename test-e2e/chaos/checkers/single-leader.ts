import type { Finding } from './operation.ts';

/** A write that a replica of scheduler or controller manager made and that was acknowledged. */
export interface LeaderAction { readonly replica: string; readonly revision: number; readonly what: string }

/** Who held a component's lease from a revision on; undefined: nobody, or one whose replica is not known. */
export interface Tenure { readonly revision: number; readonly replica: string | undefined }

const TOLD_MAX = 5;

/**
 * Whether nobody acts in the time of another who has begun to act. A write of a former leader that was under way when its lease was given up may still
 * happen before its successor's first. A component's actions and tenures; pure.
 */
export function checkSingleLeader({ component, actions, tenures }: { component: string; actions: readonly LeaderAction[]; tenures: readonly Tenure[] }): readonly Finding[] {
  const ordered = tenures.filter(({ replica }) => replica !== undefined).sort((a, b) => a.revision - b.revision);
  const findings = actions.flatMap(({ replica, revision, what }) => {
    const tenure = ordered.findLast((one) => one.revision < revision);
    if (tenure === undefined || tenure.replica === replica) return [];
    const begun = actions.find((one) => one.replica === tenure.replica && one.revision > tenure.revision && one.revision < revision);
    return begun === undefined ? [] : [{ checker: 'single leader', what: `${replica} did ${what} at revision ${revision}, when ${tenure.replica} was ${component}'s leader since ${tenure.revision} and had done ${begun.what} at ${begun.revision}` }];
  });
  return findings.slice(0, TOLD_MAX);
}
