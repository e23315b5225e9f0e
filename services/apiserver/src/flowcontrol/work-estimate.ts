/** How much of the server a request takes: seats while it runs, and seats for a while after it was answered. */
export interface WorkEstimate {
  initialSeats: number;
  /** Held for `additionalLatencyMs` after the answer, for the watchers who have to be told of a write. */
  finalSeats: number;
  additionalLatencyMs: number;
}

/** How long a request is taken to run before anything is known of it. */
export const SERVICE_GUESS_SECONDS = 0.003;

export const ONE_SEAT: Readonly<WorkEstimate> = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 };

/** Seats are held for both phases at once, so that the second never has to wait for more. */
export function seatsHeld({ initialSeats, finalSeats }: Readonly<WorkEstimate>): number {
  return Math.max(initialSeats, finalSeats);
}

/** In seat-seconds. */
export function totalWork({ initialSeats, finalSeats, additionalLatencyMs }: Readonly<WorkEstimate>): number {
  return initialSeats * SERVICE_GUESS_SECONDS + finalSeats * additionalLatencyMs / 1000;
}
