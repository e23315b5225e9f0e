import { errorMessage } from '@kubernode/base';
import { CriError } from '@kubernode/rpc';

/** An answer of the node's server that is a status and a plain text, as the kubelet gives; the API server makes a Status of it. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the runtime keeps of streams that nobody has opened yet; it refuses more until some have run out. */
export const RETRY_AFTER_SECONDS = 60;

/** What is told of a request that failed: the runtime's refusals in the kubelet's words. */
export function faultOf(error: unknown): HttpFault {
  if (error instanceof HttpFault) return error;
  if (!(error instanceof CriError)) return new HttpFault(500, errorMessage(error), { cause: error });
  const text = `rpc error: code = ${goName(error.code)} desc = ${error.message}`;
  return new HttpFault(error.code === 'NOT_FOUND' ? 404 : error.code === 'RESOURCE_EXHAUSTED' ? 429 : 500, text, { cause: error });
}

/** `NOT_FOUND` → `NotFound`. */
function goName(code: string): string {
  return code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
