import type { CriError } from '@kubernode/rpc';

/** `DEADLINE_EXCEEDED` → `DeadlineExceeded`: gRPC's names in Go, which users know from events. */
function codeName(code: string): string {
  return code === 'CANCELLED' ? 'Canceled' : code.toLowerCase().split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** A refusal of the runtime as Kubernetes shows it. */
export function rpcErrorText({ code, message }: CriError): string {
  return code === 'OK' ? message : `rpc error: code = ${codeName(code)} desc = ${message}`;
}
