import type { Clock } from '@kubernode/base';

export type RequestKind = 'readOnly' | 'mutating';
export type RequestPhase = 'executing' | 'waiting';

const READING_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

export function kindOfVerb(verb: string): RequestKind {
  return READING_VERBS.has(verb) ? 'readOnly' : 'mutating';
}

/** How many requests run or wait, and the most at once in the last second: what metrics show, since a moment's count would miss bursts. */
export class RequestCounts {
  readonly #clock: Clock;
  readonly #marks: Record<RequestPhase, Record<RequestKind, HighWatermark>> = {
    executing: { readOnly: new HighWatermark(), mutating: new HighWatermark() },
    waiting: { readOnly: new HighWatermark(), mutating: new HighWatermark() },
  };

  constructor({ clock }: { clock: Clock }) { this.#clock = clock; }

  begin(phase: RequestPhase, kind: RequestKind): void { this.#marks[phase][kind].add(this.#clock.monotonicNow()); }
  end(phase: RequestPhase, kind: RequestKind): void { this.#marks[phase][kind].current--; }

  current(phase: RequestPhase, kind: RequestKind): number { return this.#marks[phase][kind].current; }
  lastSecond(phase: RequestPhase, kind: RequestKind): number { return this.#marks[phase][kind].lastSecond(this.#clock.monotonicNow()); }
}

const PERIOD_MS = 1_000;

class HighWatermark {
  current = 0;
  #max = 0;
  #previousMax = 0;
  #periodEndsAtMs = 0;

  add(nowMs: number): void {
    this.#turn(nowMs);
    if (++this.current > this.#max) this.#max = this.current;
  }

  lastSecond(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#max, this.#previousMax);
  }

  #turn(nowMs: number): void {
    if (nowMs < this.#periodEndsAtMs) return;
    this.#previousMax = nowMs < this.#periodEndsAtMs + PERIOD_MS ? this.#max : this.current;
    this.#max = this.current;
    this.#periodEndsAtMs = nowMs + PERIOD_MS;
  }
}
