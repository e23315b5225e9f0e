import type { PodInfo } from '../cache/pod-info.ts';

/** A pod on its way through the queue; owned by the queue, changed by nobody else. */
export interface QueuedPod {
  info: PodInfo;
  /** When it came into the queue last. */
  queuedMs: number;
  attempts: number;
  /** When it became free to be tried for the first time. */
  firstTriedMs: number | undefined;
  /** Attempts that no node was found in; the back-off grows with them. */
  unschedulableCount: number;
  /** Attempts in a row that went wrong. */
  errorCount: number;
  /** Which plugins turned it down; their events bring it back. */
  refusedBy: ReadonlySet<string>;
  /** Which of them wait for something of their own, and bring it back without back-off. */
  pendingBy: ReadonlySet<string>;
  /** The plugin that does not let it into the queue. */
  gatedBy: string | undefined;
  /** When its back-off is over, once known. */
  backoffUntilMs: number | undefined;
  wasFlushed: boolean;
}
