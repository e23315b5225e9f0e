/** One thing that was looked at. Checks never stop at the first fault: a user wants to hear all at once. */
export interface Finding {
  check: string;
  /** `fault`: it will not work. `advice`: it works, but less well. */
  verdict: 'ok' | 'advice' | 'fault';
  /** What was found. */
  found: string;
  /** What to do, for all but `ok`. */
  fix?: string;
}

export function ok(check: string, found: string): Finding { return { check, verdict: 'ok', found }; }
export function fault(check: string, found: string, fix: string): Finding { return { check, verdict: 'fault', found, fix }; }
export function advice(check: string, found: string, fix: string): Finding { return { check, verdict: 'advice', found, fix }; }
