import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { join, pipeUpgrade } from './pipe-upgrade.ts';
import { dialSpdy } from './spdy-dial.ts';
import { streamTarget } from './stream-target.ts';
import { joinWebsocketExec } from './websocket-exec.ts';

/** Spoken here over websockets, best first; whatever else a client offers goes to the runtime, which speaks SPDY and older forms. */
const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
const PORT_FORWARD = 'portforward.k8s.io';
const REMOTE_COMMAND = 'v4.channel.k8s.io';

interface Upgrade { request: IncomingMessage; socket: Duplex; head: Buffer }

/** Takes an exec, attach or port-forward request to the runtime. */
export async function acceptUpgrade(deps: { workers: PodWorkers; runtime: CriRuntime }, upgrade: Upgrade): Promise<void> {
  const { request, socket, head } = upgrade;
  const target = await streamTarget(deps, new URL(request.url ?? '/', 'https://node'));
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const protocol = [...EXEC_PROTOCOLS, TUNNEL_PROTOCOL].find((one) => offered.includes(one));
  if (protocol === undefined || (request.headers.upgrade ?? '').toLowerCase() !== 'websocket') {
    pipeUpgrade(request, socket, { head, url: target.url });
    return;
  }
  if (protocol === TUNNEL_PROTOCOL) {
    const runtime = await dialSpdy(target.url, [PORT_FORWARD]);
    const stream = createWebSocketStream(await acceptWebsocket(upgrade));
    if (runtime.head.length > 0) stream.write(runtime.head);
    join(stream, runtime.socket);
    return;
  }
  const runtime = await dialSpdy(target.url, [REMOTE_COMMAND]);
  joinWebsocketExec(await acceptWebsocket(upgrade), { ...runtime, target });
}

const server = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...EXEC_PROTOCOLS, TUNNEL_PROTOCOL].find((one) => offered.has(one)) ?? false });

function acceptWebsocket({ request, socket, head }: Upgrade): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the client left')));
    server.handleUpgrade(request, socket, head, resolve);
  });
}
