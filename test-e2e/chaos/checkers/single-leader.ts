import type { Finding } from './operation.ts';

/** A write that a replica of scheduler or controller manager made and that was acknowledged. */
export interface LeaderAction { readonly replica: string; readonly revision: number; readonly what: string }

/** Who held a component's lease from a revision on; undefined: nobody, or one whose replica is not known. */
export interface Tenure { readonly revision: number; readonly replica: string | undefined }

const TOLD_MAX = 5;

/** Whether each write was made by who held the lease at its revision. A component's actions and tenures; pure. */
export function checkSingleLeader({ component, actions, tenures }: { component: string; actions: readonly LeaderAction[]; tenures: readonly Tenure[] }): readonly Finding[] {
  const ordered = [...tenures].sort((a, b) => a.revision - b.revision);
  const holderAt = (revision: number): Tenure | undefined => ordered.findLast((one) => one.revision < revision);
  const findings = actions.flatMap(({ replica, revision, what }) => {
    const tenure = holderAt(revision);
    return tenure === undefined || tenure.replica === replica ? [] : [{ checker: 'single leader', what: `${replica} did ${what} at revision ${revision}, when ${tenure.replica ?? 'nobody'} was ${component}'s leader since ${tenure.revision}` }];
  });
  return findings.slice(0, TOLD_MAX);
}
