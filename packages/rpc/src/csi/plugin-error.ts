import { GRPC_CODES } from '../kms/kms-error.ts';

/** A refusal of a plugin of the node, or of the way to it. The text is that of Go's gRPC, which events show. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  /** As Go spells it: `Unavailable`, `DeadlineExceeded`, … */
  readonly code: string;

  constructor(code: string, description: string, cause?: unknown) {
    super(`rpc error: code = ${code} desc = ${description}`, { cause });
    this.code = code;
  }
}

export function pluginErrorOf(code: number, description: string, cause: unknown): PluginError {
  return new PluginError(GRPC_CODES[code] ?? 'Unknown', description, cause);
}

/** After these the plugin may still be at work: what was asked for is neither done nor undone. */
const UNFINISHED: ReadonlySet<string> = new Set(['Canceled', 'DeadlineExceeded', 'Unavailable', 'ResourceExhausted', 'Aborted']);

/** Whether the call certainly did nothing and does nothing any more. */
export function isFinalPluginError(error: unknown): boolean {
  return error instanceof PluginError && !UNFINISHED.has(error.code);
}
