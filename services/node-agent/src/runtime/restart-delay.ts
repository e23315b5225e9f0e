import { createHash } from 'node:crypto';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { annotationKeys } from '../cri/labels.ts';
import type { Container } from '../pod/pod-facts.ts';
import { RESTART_BACKOFF_INITIAL_MS, RESTART_BACKOFF_MAX_MS } from './restart-backoff.ts';

/** A container that ran for so long begins with the first delay again. */
const FORGOTTEN_AFTER_MS = 600_000;
/** What ended later than that from now ended before the clock was set back: nobody knows how long ago. */
const CLOCK_SLACK_MS = 1000;

/** `waitUntilMs` is absent when the container may start now; `nextMs` is what it has to wait when it ends soon after that. */
export interface RestartDelay { waitMs: number; waitUntilMs: number | undefined; nextMs: number }

/**
 * How long a container that ended waits for its next start: 10 s, doubled with each restart up to 5 min, none for the first. Each
 * container carries the delay that follows on it as an annotation, so that nothing is forgotten when the agent starts anew.
 */
export function restartDelay(container: Container, last: ContainerDetail | undefined, nowMs: number): RestartDelay {
  if (last?.phase !== 'exited') return { waitMs: 0, waitUntilMs: undefined, nextMs: 0 };
  const carried = last.annotations[annotationKeys.restartDelayOf] === restartKey(container) ? Number(last.annotations[annotationKeys.restartDelay] ?? 0) : 0;
  const isForgotten = last.finishedAtMs - last.createdAtMs > FORGOTTEN_AFTER_MS;
  if (carried === 0 || isForgotten) return { waitMs: 0, waitUntilMs: undefined, nextMs: RESTART_BACKOFF_INITIAL_MS };
  const waitUntilMs = last.finishedAtMs + carried;
  const waits = waitUntilMs > nowMs && last.finishedAtMs <= nowMs + CLOCK_SLACK_MS;
  return { waitMs: carried, waitUntilMs: waits ? waitUntilMs : undefined, nextMs: Math.min(2 * carried, RESTART_BACKOFF_MAX_MS) };
}

/** What makes a container another one for its restarts: a new image or other resources are a new chance. */
export function restartKey({ name, image = '', resources }: Container): string {
  return createHash('sha256').update(JSON.stringify([name, image, resources ?? {}])).digest('hex').slice(0, KEY_LENGTH);
}

const KEY_LENGTH = 16;
