/** A refusal of a key management plugin, or of the way to it. The text is that of Go's gRPC, which messages and healthz show. */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  /** As Go spells it: `Unavailable`, `DeadlineExceeded`, … */
  readonly code: string;

  constructor(code: string, description: string, cause?: unknown) {
    super(`rpc error: code = ${code} desc = ${description}`, { cause });
    this.code = code;
  }
}

/** gRPC's codes by number, in Go's spelling: labels of metrics and messages have it. */
export const GRPC_CODES: readonly string[] = [
  'OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists', 'PermissionDenied', 'ResourceExhausted',
  'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated',
];
