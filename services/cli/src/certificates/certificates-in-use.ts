import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { errorMessage } from '@kubernode/base';
import { namedCertificates } from '@kubernode/component-base';

const ANSWER_TIMEOUT_MS = 5_000;
const METRICS_BYTES_MAX = 64 * 1024 * 1024;
const GAUGE = /^kubernode_certificate_expiration_timestamp_seconds\{([^}]*)\}/gm;

/** Where a process tells which certificates it has in use. */
export interface MetricsDoor { process: string; url: string; /** For doors that ask who comes. */ client?: { cert: string; key: string } }

/**
 * What a process has not taken up yet: a line for each of its files whose certificates are others on the disk. Observed, not assumed: the process says
 * itself what it has in use.
 */
export async function notTakenUp(door: MetricsDoor): Promise<readonly string[]> {
  let text: string;
  try { text = await readMetrics(door); } catch (error) { return [`${door.process} does not say what it has in use: ${errorMessage(error)}`]; }
  return compareInUse(door.process, certificatesOfMetrics(text), (file) => (existsSync(file) ? namedCertificates(readFileSync(file, 'utf8')).map((one) => one.fingerprint) : undefined));
}

/** Pure: file → fingerprints, as the gauge shows them. */
export function certificatesOfMetrics(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map<string, Set<string>>();
  for (const [, labels = ''] of text.matchAll(GAUGE)) {
    const label = (name: string): string => JSON.parse(`"${new RegExp(`(?:^|,)${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(labels)?.[1] ?? ''}"`) as string; // a quoted text
    files.set(label('file'), (files.get(label('file')) ?? new Set()).add(label('fingerprint')));
  }
  return files;
}

/** Pure. */
export function compareInUse(process: string, inUse: ReadonlyMap<string, ReadonlySet<string>>, onDisk: (file: string) => readonly string[] | undefined): readonly string[] {
  if (inUse.size === 0) return [`${process} says of no certificate that it is in use`];
  return [...inUse].flatMap(([file, fingerprints]) => {
    const wanted = new Set(onDisk(file) ?? []);
    return wanted.size === fingerprints.size && [...wanted].every((one) => fingerprints.has(one)) ? [] : [`${process} has not taken up ${file} yet`];
  });
}

function readMetrics({ url, client }: MetricsDoor): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_TIMEOUT_MS, ...client, rejectUnauthorized: false }; // what is told is compared with our own files: a stranger gains nothing
    const request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); bytes += chunk.length; if (bytes > METRICS_BYTES_MAX) request.destroy(new Error('its metrics are too long')); });
      response.on('error', reject);
      response.on('end', () => { if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8')); else reject(new Error(`status ${response.statusCode}`)); });
    });
    request.on('timeout', () => { request.destroy(new Error('no answer in time')); });
    request.on('error', reject);
  });
}
