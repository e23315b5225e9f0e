import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type NetConnectOpts } from 'node:net';
import type { ReadyProbe } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 1000;

/** True when the process answers as ready. Certificates are not verified: it is our own loopback, and only readiness is asked. */
export function isReady(probe: ReadyProbe): Promise<boolean> {
  switch (probe.kind) {
    case 'tcp': return connects({ host: '127.0.0.1', port: probe.port });
    case 'socket': return existsSync(probe.path) ? connects({ path: probe.path }) : Promise.resolve(false);
    case 'http':
    case 'https': return answersOk(probe);
  }
}

function connects(target: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: PROBE_TIMEOUT_MS }, () => { socket.destroy(); resolve(true); });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false)); // no effect after the connection was made
  });
}

function answersOk({ kind, host = '127.0.0.1', port, path }: { kind: 'http' | 'https'; host?: string; port: number; path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host, port, path, agent: false as const, timeout: PROBE_TIMEOUT_MS };
    const onAnswer = (response: import('node:http').IncomingMessage): void => { response.resume(); resolve(response.statusCode === 200); };
    const request = kind === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }, onAnswer) : httpRequest(options, onAnswer);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}
