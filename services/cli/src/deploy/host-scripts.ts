import { quoteForShell } from './host-connection.ts';
import type { UnitReady } from './host-document.ts';
import { installDir } from './host-manifest.ts';

/** Programs of our own that hosts run once, by the runtime of their bundle: no host needs curl, socat or Python. */
const runNode = (version: string, source: string, ...args: readonly string[]): string => `${installDir}/${version}/bin/node -e ${quoteForShell(source)} ${args.map(quoteForShell).join(' ')}`;

const UNTIL_READY = `
const [url, limit] = process.argv.slice(1); const end = Date.now() + Number(limit); let last = '';
const ask = () => { const request = require(url.startsWith('https') ? 'node:https' : 'node:http').request(url, { rejectUnauthorized: false, agent: false, timeout: 2000 }, (response) => {
  let text = ''; response.on('data', (part) => { text += part; }).on('end', () => { if (response.statusCode === 200 && !/"health": ?"false"/.test(text)) process.exit(0); last = response.statusCode + ' ' + text.slice(0, 200); again(); }); });
  request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', (error) => { last = error.message; again(); }).end(); };
const again = () => { if (Date.now() > end) { console.error(last); process.exit(1); } setTimeout(ask, 100); };
ask();`;

/** Ends with 0 when a process of the host answers as ready, with 1 after a time. The certificate is not checked: it is the host's own loopback. */
export function untilReadyScript(version: string, { scheme, port, path }: UnitReady, limitMs: number): string {
  return runNode(version, UNTIL_READY, `${scheme}://127.0.0.1:${port}${path}`, String(limitMs));
}

const SET_REPLICA = `
const [socket, replica, state, limit, ...backends] = process.argv.slice(1); const end = Date.now() + Number(limit);
const ask = (command) => new Promise((resolve, reject) => { let text = ''; require('node:net').connect(socket).on('error', reject).on('data', (part) => { text += part; }).on('close', () => resolve(text)).end(command + '\\n'); });
const fail = (what) => { console.error(what); process.exit(1); };
(async () => {
  for (const backend of backends) for (const server of [replica, replica + '-unchecked']) { const said = (await ask('set server ' + backend + '/' + server + ' state ' + state)).trim(); if (said !== '' && server === replica) fail(said); }
  for (const backend of state === 'ready' ? backends : []) for (;;) {
    const fields = (await ask('show servers state ' + backend)).split('\\n').map((line) => line.split(' ')).find((one) => one[3] === replica);
    if (fields !== undefined && fields[5] === '2') break;
    if (Date.now() > end) fail('HAProxy does not find ' + replica + ' ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})().catch((error) => fail(error.message));`;

/** Within it HAProxy has seen that a replica serves. */
const REPLICA_UP_LIMIT_MS = 30_000;

/** Tells the running HAProxy of a host what to do with a replica; after `ready` it ends once HAProxy itself finds the replica up. */
export function setReplicaScript(version: string, { replica, state, backends }: { replica: string; state: 'ready' | 'drain'; backends: readonly string[] }): string {
  return runNode(version, SET_REPLICA, '/run/kubernode-haproxy/admin.sock', replica, state, String(REPLICA_UP_LIMIT_MS), ...backends);
}
