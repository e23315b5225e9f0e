import { Server, status, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { isAbortError, type Clock } from '@kubernode/base';
import { UserError, type Logger } from '@kubernode/component-base';
import { controlPlaneService, MESSAGE_BYTES_MAX, type CallRequest, type CallResponse, type LeaseHold, type LeaseState, type WatchFrame } from '@kubernode/rpc';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer, ApiRequest, BufferedAnswer, StreamSink } from '../pipeline/api-request.ts';
import { drained } from '../pipeline/drained.ts';
import { errorAnswer } from '../pipeline/status-answer.ts';
import { callResponse } from './call-response.ts';
import { GrpcPeers } from './grpc-peer.ts';
import { GrpcRequest } from './grpc-request.ts';
import { type CallerTls, ReplaceableCredentials } from './replaceable-credentials.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

export interface GrpcServerOptions {
  host: string;
  port: number;
  tls: CallerTls;
  clock: Clock;
  logger: Logger;
  /** The whole chain, the same as behind HTTPS. */
  handle: (request: ApiRequest) => Promise<Answer>;
  leases: LeaseKeeper;
}

/** Request bodies are as large as over HTTPS at most. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
/** A link that says nothing for this long is asked whether it lives, so that a dead client's watches end. */
const KEEPALIVE_MS = 30_000;
const STREAMS_MAX = 10_000;

/** The gRPC door: the ControlPlane service of proto/controlplane/v1 over the request pipeline. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server: Server;
  readonly #credentials: ReplaceableCredentials;
  readonly #running = new Set<GrpcRequest>();
  /** Those of them that are watches. */
  readonly #watching = new Set<GrpcRequest>();
  readonly #holds = new Set<ServerDuplexStream<LeaseHold, LeaseState>>();
  readonly #peers = new GrpcPeers();
  #isEnding = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#credentials = new ReplaceableCredentials(options.tls);
    this.#server = new Server({
      'grpc.max_receive_message_length': REQUEST_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
      'grpc.keepalive_time_ms': KEEPALIVE_MS, 'grpc.keepalive_timeout_ms': KEEPALIVE_MS / 3, 'grpc.max_concurrent_streams': STREAMS_MAX,
      'grpc.enable_channelz': 0, // nobody asks, and each call would be counted
    });
    this.#server.addService(controlPlaneService(), {
      call: (call: ServerUnaryCall<CallRequest, CallResponse>, callback: sendUnaryData<CallResponse>) => { void this.#call(call, callback); }, // answers its own errors
      watch: (call: ServerWritableStream<CallRequest, WatchFrame>) => { void this.#watch(call); }, // likewise
      holdLease: (call: ServerDuplexStream<LeaseHold, LeaseState>) => { this.#holdLease(call); },
    });
  }

  /** Listens; rejects with a UserError when the port cannot be had. */
  start(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, this.#credentials, (error) => {
        if (error) reject(new UserError(`--grpc-port: cannot listen on ${host}:${port}: ${error.message}`));
        else resolve();
      });
    });
  }

  /** For connections from now on; those that are open keep what they agreed on. */
  setTls(tls: CallerTls): void { this.#credentials.replace(tls); }

  /** Takes no new calls; those that run go on, on connections whose clients are told to use others. */
  stopListening(): void {
    this.#isEnding = true;
    this.#server.tryShutdown(() => { this.#isEnding = false; });
  }

  /** Calls that are not answered yet. */
  get requestsPending(): number { return this.#running.size - this.#watching.size; }

  /** Connections of gRPC know which call is the last: nobody has to wait for others. */
  readonly activity = 0;

  /** Also counts what clients still have to take: connections end after that. */
  get requestsRunning(): number { return Math.max(this.#running.size + this.#holds.size, this.#isEnding ? 1 : 0); }

  /** Ends watches and the streams by which leaders hold their leases. */
  endStreams(): void {
    for (const request of this.#watching) request.abort();
    for (const call of this.#holds) call.end();
  }

  close(): void { this.#server.forceShutdown(); }

  async #call(call: ServerUnaryCall<CallRequest, CallResponse>, callback: sendUnaryData<CallResponse>): Promise<void> {
    let request: GrpcRequest | undefined;
    try {
      request = this.#open(call);
      const answer = await this.#options.handle(request);
      callback(null, await callResponse(answer));
    } catch (error) {
      if (isAbortError(error)) callback({ code: status.CANCELLED });
      else callback(null, await callResponse(errorAnswer(error)));
    } finally { if (request) this.#running.delete(request); }
  }

  async #watch(call: ServerWritableStream<CallRequest, WatchFrame>): Promise<void> {
    let request: GrpcRequest | undefined;
    try {
      request = this.#open(call);
      this.#watching.add(request);
      const answer = await this.#options.handle(request);
      if (answer.kind === 'stream') {
        call.write(BEGUN);
        await answer.write(frameSink(call), request.signal);
      } else call.write(refusal(answer.kind === 'buffered' ? answer : errorAnswer(new Error('connections are not handed over by gRPC'))));
    } catch (error) {
      if (!isAbortError(error)) call.write(refusal(errorAnswer(error)));
    } finally {
      call.end();
      if (request) { this.#running.delete(request); this.#watching.delete(request); }
    }
  }

  #holdLease(call: ServerDuplexStream<LeaseHold, LeaseState>): void {
    const caller = { peer: this.#peers.of(call), metadata: call.metadata };
    this.#holds.add(call);
    const hold = this.#options.leases.open({
      authorize: (message) => this.#options.handle(new GrpcRequest(message, caller, this.#options.clock.now())),
      answer: (held) => { if (!call.writableEnded && !call.destroyed) call.write({ held }); },
      end: () => { call.end(); },
    });
    call.on('data', (message: LeaseHold) => hold.message(message));
    const over = (): void => { this.#holds.delete(call); hold.broken(); };
    call.on('error', over); // the stream was reset
    call.on('cancelled', over);
    call.on('end', () => { over(); call.end(); });
  }

  /** The request of a call, aborted when the caller goes away. */
  #open(call: ServerUnaryCall<CallRequest, CallResponse> | ServerWritableStream<CallRequest, WatchFrame>): GrpcRequest {
    const request = new GrpcRequest(call.request, { peer: this.#peers.of(call), metadata: call.metadata }, this.#options.clock.now());
    this.#running.add(request);
    call.on('cancelled', () => { if (this.#running.has(request)) request.abort(); }); // grpc-js says so of answered calls, too
    return request;
  }
}

/** Nothing may happen for a while: without this clients could not tell a watch from one that got lost. */
const BEGUN: WatchFrame = { status: 200, events: Buffer.alloc(0) };

function refusal(answer: BufferedAnswer): WatchFrame {
  return { status: answer.status, events: answerBody(answer) };
}

/** A watch's frames as messages: what is ready at once goes as one. */
function frameSink(call: ServerWritableStream<CallRequest, WatchFrame>): StreamSink {
  return {
    write: (pieces) => call.write({ status: 200, events: pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces) }),
    drained: (signal) => drained(call, signal),
  };
}
