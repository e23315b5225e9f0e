import type { Clock } from '@kubernode/base';

const TICK_MS = 500;
/** Silence before the other end is asked for a sign of life. */
const PING_AFTER_TICKS = 2;
/** How long the answer may take before the session is given up. In ticks, not in time: a process that was busy itself does not blame the other end. */
const DEAD_AFTER_TICKS = 3;
/** etcd hangs up on clients that ping more often than every five seconds. */
const PING_INTERVAL_MIN_MS = 6_000;

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
  #awaited = 0;
  /** Since something was received, or since the ping that is not answered yet. */
  #silentTicks = 0;
  /** Undefined before the first ping. */
  #pingedAtMs: number | undefined;
  #isPinging = false;
  #isTicking = false;

  constructor(session: PulseSession, clock: Clock) { this.#session = session; this.#clock = clock; }

  /** An answer is awaited from now on. */
  begin(): void {
    if (this.#awaited++ > 0) return;
    this.#silentTicks = 0;
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.#clock.after(TICK_MS, () => this.#look());
  }

  /** It came, or is not awaited any more. */
  end(): void { this.#awaited--; }

  /** Something was received. */
  felt(): void { this.#silentTicks = 0; }

  #look(): void {
    this.#isTicking = false;
    if (this.#awaited === 0 || this.#session.isOver) return; // the next call begins anew
    this.#silentTicks++;
    if (this.#isPinging && this.#silentTicks >= DEAD_AFTER_TICKS) { this.#session.destroy(new Error('no sign of life')); return; }
    if (!this.#isPinging && this.#silentTicks >= PING_AFTER_TICKS) this.#ping();
    this.#isTicking = true;
    this.#clock.after(TICK_MS, () => this.#look());
  }

  #ping(): void {
    const now = this.#clock.monotonicNow();
    if (this.#pingedAtMs !== undefined && now - this.#pingedAtMs < PING_INTERVAL_MIN_MS) return;
    this.#pingedAtMs = now;
    this.#silentTicks = 0;
    this.#isPinging = this.#session.ping(() => {
      this.#isPinging = false;
      this.felt();
    });
  }
}
