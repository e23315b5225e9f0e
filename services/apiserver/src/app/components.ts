import { request } from 'node:https';
import { errorMessage } from '@kubernode/base';
import type { Component, ComponentHealth } from '../endpoints/component-status.ts';

/** Where the controllers and the scheduler tell of their health, by default, on the API server's own machine. */
const CONTROLLER_MANAGER_PORT = 10_257;
const SCHEDULER_PORT = 10_259;
const CHECK_TIMEOUT_MS = 5_000;
const BODY_LENGTH_MAX = 1_024;

/** What ComponentStatuses tell of. etcd's members share one client, so they are well or ill together. */
export function clusterComponents({ etcdMembers, etcdFault }: { etcdMembers: number; etcdFault(): Promise<string | undefined> }): Component[] {
  const etcd = async (): Promise<ComponentHealth> => {
    const error = await etcdFault();
    return error === undefined ? { healthy: true, message: 'ok' } : { healthy: false, message: '', error };
  };
  return [
    { name: 'controller-manager', check: (signal) => healthAt(CONTROLLER_MANAGER_PORT, signal) },
    { name: 'scheduler', check: (signal) => healthAt(SCHEDULER_PORT, signal) },
    ...Array.from({ length: etcdMembers }, (_, index) => ({ name: `etcd-${index}`, check: etcd })),
  ];
}

function healthAt(port: number, signal: AbortSignal): Promise<ComponentHealth> {
  const host = '127.0.0.1';
  return new Promise((resolve) => {
    const failed = (error: unknown): void => {
      const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'; // undefined for any other error
      resolve({ healthy: false, message: `Get "https://${host}:${port}/healthz": ${refused ? `dial tcp ${host}:${port}: connect: connection refused` : errorMessage(error)}` });
    };
    const outgoing = request({ host, port, path: '/healthz', rejectUnauthorized: false, timeout: CHECK_TIMEOUT_MS, signal }, (answer) => {
      let message = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => { if (message.length < BODY_LENGTH_MAX) message += text; });
      answer.on('end', () => resolve({ healthy: answer.statusCode === 200, message }));
      answer.on('error', failed);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', failed);
    outgoing.end();
  });
}
