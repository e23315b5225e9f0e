import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import type { Section } from './section.ts';

/** Whose certificate is shown where it is asked for. */
export interface ComponentCredentials { readonly cert: Buffer; readonly key: Buffer }

const PATHS: Readonly<Record<string, string>> = { 'livez.txt': '/livez?verbose', 'readyz.txt': '/readyz?verbose', 'metrics.txt': '/metrics' };
const ETCD_PATHS: Readonly<Record<string, string>> = { 'health.txt': '/health', 'metrics.txt': '/metrics' };
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const OK = 200;

/** Health and figures of each process, asked of itself: they are there also when the API is not. */
export function componentSections(processes: readonly ProcessSpec[], credentials: ComponentCredentials | undefined): Section[] {
  return processes.flatMap(({ name, ready }): Section[] => {
    if (ready.kind !== 'http' && ready.kind !== 'https') return [];
    const base = `${ready.kind}://${ready.kind === 'http' ? ready.host ?? '127.0.0.1' : '127.0.0.1'}:${ready.port}`;
    return Object.entries(name.startsWith('etcd') ? ETCD_PATHS : PATHS).map(([file, target]) => ({ path: `components/${name}/${file}`, read: (signal) => fetchText(new URL(target, base), { credentials, signal }) }));
  });
}

/** Health answers in words also when it is bad; everything else that is not 200 is a fault. */
function fetchText(url: URL, { credentials, signal }: { credentials: ComponentCredentials | undefined; signal: AbortSignal }): Promise<string> {
  const isHealth = url.pathname !== '/metrics';
  return new Promise((resolve, reject) => {
    const tls = url.protocol === 'https:' ? { ...credentials, rejectUnauthorized: false } : {}; // a process of this host, at its own port; nothing secret is sent
    const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { signal, ...tls }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => { if (text.length < BODY_BYTES_MAX) text += piece; });
      answer.on('error', reject);
      answer.on('end', () => { if (answer.statusCode === OK || isHealth) resolve(`${isHealth ? `status ${answer.statusCode}\n` : ''}${text}`); else reject(new Error(`status ${answer.statusCode}`)); });
    });
    asked.on('error', reject);
    asked.end();
  });
}
