import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import type { Clock } from '@kubernode/base';
import { addressOf, dialTls } from '../grpc/dial-tls.ts';
import { HostConnection, type HostConnectionOptions } from '../grpc/host-connection.ts';
import type { MessageStream } from '../grpc/message-stream.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
import { EtcdError, etcdErrorOf } from './etcd-error.ts';

/** Files of the certificates; read at each connecting, so renewed ones are taken up. */
export interface EtcdTlsFiles {
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** Reads one; from the disk when absent. For those who know better than the disk what can be used. */
  read?: ((file: string) => string | Buffer) | undefined;
}

export interface UnaryRequest {
  path: string;
  body: Buffer;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** A member that has lost its leader says so, instead of keeping the call until its time is over. */
  requireLeader?: boolean | undefined;
  traceparent?: string | undefined;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Asked after a second of silence, given up a second and a half later; etcd hangs up on clients that ping more often than every five seconds. */
const PATIENCE = { tickMs: 500, pingAfterMs: 1_000, deadAfterMs: 1_500, pingIntervalMinMs: 6_000 };
const REQUIRE_LEADER: Buffer = encodeFields([['hasleader', 'true']]);
const NO_FIELDS: readonly Buffer[] = [];
const LED: readonly Buffer[] = [REQUIRE_LEADER];

/** One endpoint of etcd. */
export class EndpointConnection {
  readonly #connection: HostConnection<EtcdError>;

  constructor({ url, tls, clock }: { url: URL; tls: EtcdTlsFiles; clock: Clock }) {
    this.#connection = new HostConnection({
      scheme: url.protocol === 'https:' ? 'https' : 'http', authority: url.host === '' ? 'localhost' : url.host, dial: () => dial(url, tls), connectTimeoutMs: CONNECT_TIMEOUT_MS, patience: PATIENCE, clock,
      errors: {
        of: (failure) => etcdErrorOf(failure, url.host), unreachable,
        timedOut: (path, fateUnknown) => new EtcdError({ code: 'deadlineExceeded', message: `no answer from ${url.host} to ${path} in time`, fateUnknown }),
      },
    });
  }

  /** The answer's message. Rejects with an EtcdError, or an AbortError. */
  unary({ path, body, signal, timeoutMs, requireLeader = false, traceparent }: UnaryRequest): Promise<Buffer> {
    const fields = requireLeader ? LED : NO_FIELDS;
    return this.#connection.unary({ path, body, signal, timeoutMs, fields: traceparent === undefined ? fields : [...fields, encodeFields([['traceparent', traceparent]])] });
  }

  /** A stream of messages, one way or both. Throws an EtcdError. */
  stream(path: string, { requireLeader = true }: { requireLeader?: boolean } = {}): MessageStream<EtcdError> {
    return this.#connection.stream(path, { fields: requireLeader ? LED : NO_FIELDS });
  }

  close(): void { this.#connection.close(); }
}

function dial(url: URL, { caFile, certFile, keyFile, read = readFileSync }: EtcdTlsFiles): ReturnType<HostConnectionOptions<EtcdError>['dial']> {
  if (url.protocol === 'unix:') return { socket: connectPlain({ path: decodeURIComponent(url.pathname) }), readyEvent: 'connect' };
  const address = addressOf(url);
  if (url.protocol !== 'https:') return { socket: connectPlain({ ...address, noDelay: true }), readyEvent: 'connect' };
  const readIf = (file: string | undefined): string | Buffer | undefined => (file === undefined ? undefined : read(file));
  return { socket: dialTls({ ...address, ca: readIf(caFile), cert: readIf(certFile), key: readIf(keyFile) }), readyEvent: 'secureConnect' };
}

function unreachable(cause: unknown): EtcdError {
  return new EtcdError({ code: 'unavailable', message: cause instanceof Error ? cause.message : String(cause), cause });
}
