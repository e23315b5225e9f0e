import type { Metadata } from '@grpc/grpc-js';
import { unlimitedController } from '@kubernode/base';
import { badRequest } from '@kubernode/apimachinery';
import type { CallRequest } from '@kubernode/rpc';
import { splitTarget } from '../http/split-target.ts';
import type { ApiRequest, LeaseFence, Peer } from '../pipeline/api-request.ts';

export interface GrpcCaller { peer: Peer; metadata: Pick<Metadata, 'get'> }

/**
 * A request that came by gRPC; the same as the HTTPS request of its method and path, and with a signal for those who ask as there. Throws StatusError
 * 400 for a malformed path.
 */
export class GrpcRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly peer: Peer;
  readonly receivedAt: number;
  readonly transport = 'grpc';
  readonly fence: LeaseFence | undefined;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(call: CallRequest, { peer, metadata }: GrpcCaller, receivedAt: number) {
    const target = splitTarget(call.path);
    if (target === undefined) throw badRequest('the request URI is malformed');
    const [authorization] = metadata.get('authorization');
    const [auditId] = metadata.get('audit-id');
    const [traceparent] = metadata.get('traceparent');
    this.method = call.method;
    this.path = target.path;
    this.target = target.target;
    this.query = target.query;
    this.headers = {
      accept: call.accept === '' ? 'application/json' : call.accept, 'user-agent': call.userAgent,
      ...(call.contentType !== '' && { 'content-type': call.contentType }), ...(authorization !== undefined && { authorization: authorization.toString() }),
      ...(auditId !== undefined && { 'audit-id': auditId.toString() }), ...(traceparent !== undefined && { traceparent: traceparent.toString() }),
    };
    this.body = call.body;
    this.peer = peer;
    this.receivedAt = receivedAt;
    this.fence = call.fence ?? undefined;
  }

  headerValues(name: string): readonly string[] {
    const value = this.headers[name];
    return value === undefined ? [] : [value];
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = unlimitedController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort();
  }
}
