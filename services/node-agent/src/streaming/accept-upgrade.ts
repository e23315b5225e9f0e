import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { RequestTarget } from './request-target.ts';
import { joinStreams, pipeUpgrade } from './pipe-upgrade.ts';
import { dialSpdy } from './spdy-dial.ts';
import { type StreamDeps, streamTarget } from './stream-target.ts';
import { joinWebsocketExec } from './websocket-exec.ts';

/** How an upgrade is served: handed through to the runtime, or taken here and spoken to the runtime as SPDY. */
export type UpgradeForm =
  | { kind: 'passed'; isWebsocket: boolean }
  | { kind: 'channels'; protocol: string }
  | { kind: 'tunnel'; protocol: string };

/** Spoken here, best first: with SPDY behind them, standard input can be half-closed. What else a client offers is between it and the runtime. */
const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const TUNNEL_PREFIX = 'SPDY/3.1+';
const PORT_FORWARD = 'portforward.k8s.io';
const REMOTE_COMMAND = 'v4.channel.k8s.io';
/** Of one message; what Kubernetes' own websocket server takes. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

/** Pure. */
export function upgradeForm(kind: string, headers: IncomingMessage['headers']): UpgradeForm {
  const isWebsocket = (headers.upgrade ?? '').toLowerCase() === 'websocket';
  const offered = isWebsocket ? (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim()) : [];
  const tunnel = `${TUNNEL_PREFIX}${PORT_FORWARD}`;
  if (kind === 'portForward') return offered.includes(tunnel) ? { kind: 'tunnel', protocol: tunnel } : { kind: 'passed', isWebsocket };
  const channels = CHANNEL_PROTOCOLS.find((one) => offered.includes(one));
  return channels === undefined ? { kind: 'passed', isWebsocket } : { kind: 'channels', protocol: channels };
}

export interface Upgrade { request: IncomingMessage; target: RequestTarget; socket: Duplex; head: Buffer }

/** Takes an exec, attach or port-forward request to the runtime. Rejects before anything is answered; resolves once the streams are joined. */
export async function acceptUpgrade(deps: StreamDeps, upgrade: Upgrade): Promise<UpgradeForm> {
  const { request, socket, head, target } = upgrade;
  const form = upgradeForm(target.segments[0] ?? '', request.headers);
  const wanted = streamTarget(deps, target, { portsInQuery: form.kind === 'passed' && form.isWebsocket });
  const url = await wanted.open();
  if (form.kind === 'passed') { pipeUpgrade(request, socket, { head, url }); return form; }
  const runtime = await dialSpdy(url, [form.kind === 'tunnel' ? PORT_FORWARD : REMOTE_COMMAND]);
  try {
    const websocket = await acceptWebsocket(upgrade, form.protocol);
    if (form.kind === 'channels') { joinWebsocketExec(websocket, { ...runtime, streams: wanted.streams }); return form; }
    const stream = createWebSocketStream(websocket);
    if (runtime.head.length > 0) stream.write(runtime.head);
    joinStreams(stream, runtime.socket);
    return form;
  } catch (error) {
    runtime.socket.destroy();
    throw error;
  }
}

function acceptWebsocket({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: MESSAGE_BYTES_MAX, handleProtocols: () => protocol });
    socket.once('close', () => reject(new Error('the client left')));
    server.handleUpgrade(request, socket, head, resolve);
  });
}
