/** No answer was made: the server is gone, the connection broke or was never there. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** Whether the server may have acted on the request before the fault. */
  readonly maybeSent: boolean;

  constructor(message: string, { maybeSent, cause }: { maybeSent: boolean; cause?: unknown }) {
    super(message, { cause });
    this.maybeSent = maybeSent;
  }
}
