/** Why a container is not running, in the words of its waiting state: `reason` is what users' tools match on. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;
  /** When it is worth another try; the next periodic sync when absent. */
  readonly retryAtMs: number | undefined;

  constructor(reason: string, message: string, { retryAtMs, cause }: { retryAtMs?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}
