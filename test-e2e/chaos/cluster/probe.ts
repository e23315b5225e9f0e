import { existsSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { Readiness } from './machine-plan.ts';

const PROBE_TIMEOUT_MS = 1000;

/** Whether a process serves. Certificates are not verified: only readiness is asked. */
export function answers(ready: Readiness): Promise<boolean> {
  if ('socket' in ready) return Promise.resolve(existsSync(ready.socket));
  return new Promise((resolve) => {
    const options = { agent: false as const, timeout: PROBE_TIMEOUT_MS };
    const onAnswer = (response: IncomingMessage): void => { response.resume(); resolve(response.statusCode === 200); };
    const request = ready.url.startsWith('https:') ? httpsGet(ready.url, { ...options, rejectUnauthorized: false }, onAnswer) : httpGet(ready.url, options, onAnswer);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
