import type { Clock } from '@kubernode/base';

/** How long the other end may be silent, in whole ticks. */
export interface PulsePatience {
  /** How often it is looked. */
  readonly tickMs: number;
  /** Silence before the other end is asked for a sign of life. */
  readonly pingAfterMs: number;
  /** How long the answer may take before the session is given up. Counted in ticks: a process that was busy itself does not blame the other end. */
  readonly deadAfterMs: number;
  readonly pingIntervalMinMs: number;
}

/** What the pulse is felt of. */
export interface PulseSession {
  /** False when one is under way already. */
  ping(onAnswer: () => void): boolean;
  destroy(error: Error): void;
  readonly isOver: boolean;
}

/**
 * Feels whether the other end of a session lives, while answers are awaited: a member that is frozen or cut off would otherwise hold
 * every call until its own time is over, and TCP tells only after minutes. A slow etcd is not dead: it answers pings.
 */
export class SessionPulse {
  readonly #session: PulseSession;
  readonly #clock: Clock;
  readonly #patience: PulsePatience;
  #awaited = 0;
  /** Since something was received, or since the ping that is not answered yet. */
  #silentTicks = 0;
  /** Undefined before the first ping. */
  #pingedAtMs: number | undefined;
  #isPinging = false;
  #isTicking = false;

  constructor(session: PulseSession, clock: Clock, patience: PulsePatience) {
    this.#session = session;
    this.#clock = clock;
    this.#patience = patience;
  }

  /** An answer is awaited from now on. */
  begin(): void {
    if (this.#awaited++ > 0) return;
    this.#silentTicks = 0;
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#clock.after(this.#patience.tickMs, () => this.#look());
  }

  /** It came, or is not awaited any more. */
  end(): void { this.#awaited--; }

  /** Something was received. */
  felt(): void { this.#silentTicks = 0; }

  #look(): void {
    this.#isTicking = false;
    if (this.#awaited === 0 || this.#session.isOver) return; // the next call begins anew
    const { tickMs, pingAfterMs, deadAfterMs } = this.#patience;
    const silentMs = ++this.#silentTicks * tickMs;
    if (this.#isPinging && silentMs >= deadAfterMs) { this.#session.destroy(new Error('no sign of life')); return; }
    if (!this.#isPinging && silentMs >= pingAfterMs) this.#ping();
    this.#isTicking = true;
    this.#clock.after(this.#patience.tickMs, () => this.#look());
  }

  #ping(): void {
    const now = this.#clock.monotonicNow();
    if (this.#pingedAtMs !== undefined && now - this.#pingedAtMs < this.#patience.pingIntervalMinMs) return;
    this.#pingedAtMs = now;
    this.#silentTicks = 0;
    this.#isPinging = this.#session.ping(() => {
      this.#isPinging = false;
      this.felt();
    });
  }
}
