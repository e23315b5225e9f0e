import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Clock } from '@kubernode/base';
import { formatDelay } from '../runtime/restart-backoff.ts';
import { joinHostPort } from './http-target.ts';

export interface GrpcTarget { host: string; port: number; service: string; timeoutMs: number }
export interface HealthVerdict { healthy: boolean; message: string }
/** Asks a server by the health protocol of gRPC. Never rejects. */
export type GrpcHealth = (target: GrpcTarget) => Promise<HealthVerdict>;

const PATH = '/grpc.health.v1.Health/Check';
const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const OK = 0;
const DEADLINE_EXCEEDED = 4;
const UNIMPLEMENTED = 12;
/** An answer is a byte or two in a frame of five. */
const ANSWER_MAX = 1024;
const CODE_NAMES = [
  'OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists', 'PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange',
  'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated',
];

interface Outcome { connected: boolean; timedOut: boolean; code: number; message: string; body: Buffer }

/** The real one. */
export function createGrpcHealth(clock: Clock): GrpcHealth {
  return async (target) => verdictOf(await check(target, clock), target);
}

function verdictOf({ connected, timedOut, code, message, body }: Outcome, target: GrpcTarget): HealthVerdict {
  const within = formatDelay(target.timeoutMs);
  if (!connected) return { healthy: false, message: `timeout: failed to connect service "${joinHostPort(target.host, target.port)}" within ${within}: context deadline exceeded` };
  if (timedOut || code === DEADLINE_EXCEEDED) return { healthy: false, message: `timeout: health rpc did not complete within ${within}` };
  if (code === UNIMPLEMENTED) return { healthy: false, message: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}` };
  if (code !== OK) return { healthy: false, message: `error: health rpc probe failed: rpc error: code = ${CODE_NAMES[code] ?? `Code(${code})`} desc = ${message}` };
  const status = servingStatus(body);
  return status === SERVING ? { healthy: true, message: 'service healthy' } : { healthy: false, message: `service unhealthy (responded with "${STATUS_NAMES[status] ?? status}")` };
}

function check({ host, port, service, timeoutMs }: GrpcTarget, clock: Clock): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { connected: false, timedOut: false, code: 2, message: '', body: Buffer.alloc(0) };
    const session = connect(`http://${joinHostPort(host, port)}`);
    let isOver = false;
    const finish = (more: Partial<Outcome>): void => {
      if (isOver) return;
      isOver = true;
      timer[Symbol.dispose]();
      session.destroy();
      resolve({ ...outcome, ...more });
    };
    const timer = clock.after(timeoutMs, () => { finish({ timedOut: true }); });
    session.on('error', (error) => { finish({ message: `connection error: ${error.message}`, code: 14 }); });
    // A peer that does not speak HTTP/2 has accepted the connection, too; its settings show one that does.
    session.once('remoteSettings', () => { outcome.connected = true; });
    ask(session, { host, port, service, outcome, finish });
  });
}

interface Asking { host: string; port: number; service: string; outcome: Outcome; finish: (more: Partial<Outcome>) => void }

function ask(session: ClientHttp2Session, { host, port, service, outcome, finish }: Asking): void {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST', [constants.HTTP2_HEADER_PATH]: PATH, [constants.HTTP2_HEADER_AUTHORITY]: joinHostPort(host, port),
    'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'kube-probe/1.36',
  });
  const note = (headers: IncomingHttpHeaders): void => {
    outcome.connected = true;
    const code = headers['grpc-status'];
    if (code !== undefined) Object.assign(outcome, { code: Number(code), message: decodeURIComponent(String(headers['grpc-message'] ?? '')) });
  };
  stream.on('response', note);
  stream.on('trailers', note);
  stream.on('data', (chunk: Buffer) => { if (outcome.body.length < ANSWER_MAX) outcome.body = Buffer.concat([outcome.body, chunk]); });
  stream.on('error', (error) => { finish({ message: error.message }); });
  stream.on('end', () => { finish({}); });
  stream.end(requestFrame(service));
}

/** `HealthCheckRequest{service}` in gRPC's frame: no compression, length, message. */
function requestFrame(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** The first field of `HealthCheckResponse`; a message without it says 0. */
function servingStatus(body: Buffer): number {
  return body[5] === 0x08 ? body[6] ?? 0 : 0;
}
