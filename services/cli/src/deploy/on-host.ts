import { connect } from 'node:net';
import type { Clock } from '@kubernode/base';
import { UserError, waitUntil } from '@kubernode/component-base';
import { isReady } from '../supervisor/ready-probe.ts';

interface Patience { limitMs: number; clock: Clock; signal: AbortSignal }

const POLL_MS = 100;
const HAPROXY_SOCKET = '/run/kubernode-haproxy/admin.sock';
/** Fields of `show servers state`, and the value of a server that passes its check. */
const STATE_NAME = 3;
const STATE_OPERATIONAL = 5;
const RUNNING = '2';

/** Resolves when a process of this host answers as ready. */
export async function untilReady({ protocol, port, pathname }: URL, { limitMs, clock, signal }: Patience): Promise<void> {
  const probe = { kind: protocol === 'https:' ? 'https' : 'http', port: Number(port), path: pathname } as const;
  await waitUntil(async () => (await isReady(probe) ? undefined : `${pathname} on port ${port} does not say that it is ready after ${limitMs / 1000} s`), { limitMs, pollMs: POLL_MS, clock, signal });
}

/** Tells this host's HAProxy what to do with a replica; after `ready` it resolves once HAProxy itself finds the replica up. */
export async function setReplica({ replica, state, backends }: { replica: string; state: 'ready' | 'drain'; backends: readonly string[] }, { limitMs, clock, signal }: Patience): Promise<void> {
  for (const backend of backends) {
    for (const server of [replica, `${replica}-unchecked`]) { // the second is there where replicas are checked
      // a check that fails cuts connections, and those of a drained replica shall end by themselves
      await ask(`${state === 'drain' ? 'disable' : 'enable'} health ${backend}/${server}`);
      const said = (await ask(`set server ${backend}/${server} state ${state}`)).trim();
      if (said !== '' && server === replica) throw new UserError(`HAProxy: ${said}`);
    }
  }
  for (const backend of state === 'ready' ? backends : []) {
    const look = async (): Promise<string | undefined> => (isUp(await ask(`show servers state ${backend}`), replica) ? undefined : `HAProxy does not find ${replica} ready after ${limitMs / 1000} s`);
    await waitUntil(look, { limitMs, pollMs: POLL_MS, clock, signal });
  }
}

/** Reads `show servers state`: a line a server. */
export function isUp(state: string, replica: string): boolean {
  return state.split('\n').map((line) => line.split(' ')).some((fields) => fields[STATE_NAME] === replica && fields[STATE_OPERATIONAL] === RUNNING);
}

function ask(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(HAPROXY_SOCKET);
    socket.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('close', () => resolve(text)).on('error', (error) => reject(new UserError(`HAProxy does not answer: ${error.message}`)));
    socket.end(`${command}\n`);
  });
}
