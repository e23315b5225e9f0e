import { Counter, type Registry } from 'prom-client';
import type { Decision } from '../pipeline/api-request.ts';

/** Users that are counted by name; all others are one. */
const NAMED_USERS: ReadonlySet<string> = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** How many requests were let in or not. Counted in plain numbers, since every request is, and shown when the metrics are asked for. */
export class RequestCounts {
  readonly #attempts = { success: 0, failure: 0, error: 0 };
  readonly #users = new Map<string, number>();
  readonly #decisions = { allowed: 0, denied: 0, 'no-opinion': 0, error: 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    const [attempts, users, decisions] = [this.#attempts, this.#users, this.#decisions];
    new Counter({
      registers, name: 'authentication_attempts', help: 'Requests by whether their user was found out.', labelNames: ['result'],
      collect() { this.reset(); for (const [result, count] of Object.entries(attempts)) if (count > 0) this.inc({ result }, count); },
    });
    new Counter({
      registers, name: 'authenticated_user_requests', help: 'Requests by user.', labelNames: ['username'],
      collect() { this.reset(); for (const [username, count] of users) this.inc({ username }, count); },
    });
    new Counter({
      registers, name: 'authorization_attempts_total', help: 'Requests by what authorization said of them.', labelNames: ['result'],
      collect() { this.reset(); for (const [result, count] of Object.entries(decisions)) if (count > 0) this.inc({ result }, count); },
    });
  }

  /** What authorization said of a request. */
  authorized({ verdict, error }: Decision): void {
    this.#decisions[verdict === 'allow' ? 'allowed' : error !== undefined ? 'error' : verdict === 'deny' ? 'denied' : 'no-opinion']++;
  }

  authenticated(username: string): void {
    this.#attempts.success++;
    const name = NAMED_USERS.has(username) ? username : username.includes('@') ? 'email_id' : 'other';
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
  }

  /** No credentials, or wrong ones. */
  refused(result: 'failure' | 'error'): void { this.#attempts[result]++; }
}
