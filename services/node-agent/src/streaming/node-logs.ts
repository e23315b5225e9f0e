import type { FileHandle } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openBeneath } from '../logs/open-beneath.ts';
import { HttpFault } from './http-fault.ts';
import type { RequestTarget } from './request-target.ts';

/** Names of one directory that are listed. */
const ENTRIES_MAX = 10_000;

/** Answers /logs/: the host's log files below `root`, and what directories hold. What links lead to elsewhere is not there. */
export async function serveNodeLogs(root: string, { segments: [, ...parts], isDirectory }: RequestTarget, response: ServerResponse): Promise<void> {
  await using handle = await open(root, parts);
  const stat = await handle.stat();
  if (stat.isDirectory()) {
    if (!isDirectory) { response.writeHead(301, { location: `${encodeURIComponent(parts.at(-1) ?? 'logs')}/` }).end(); return; }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(await listing(handle));
    return;
  }
  if (isDirectory) { response.writeHead(301, { location: `../${encodeURIComponent(parts.at(-1) ?? '')}` }).end(); return; }
  const length = stat.size; // what is written later is not part of this answer
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': length, 'last-modified': stat.mtime.toUTCString() });
  if (length === 0) { response.end(); return; }
  await pipeline(handle.createReadStream({ start: 0, end: length - 1, autoClose: false }), response);
}

async function open(root: string, parts: readonly string[]): Promise<FileHandle> {
  try { return await openBeneath(root, path.join(root, ...parts)); } catch (error) {
    throw new HttpFault(404, '404 page not found\n', { cause: error }); // also of what must not be reached: nobody learns that it is there
  }
}

async function listing(directory: FileHandle): Promise<string> {
  const entries = await readdir(`/proc/self/fd/${directory.fd}`, { withFileTypes: true }); // what was opened, whatever its path is by now
  const names = entries.slice(0, ENTRIES_MAX).map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`).sort();
  const lines = names.map((name) => `<a href="${name.split('/').map(encodeURIComponent).join('/')}">${escapeHtml(name)}</a>\n`);
  return `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${lines.join('')}</pre>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', '\'': '&#39;' };
function escapeHtml(text: string): string { return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''); }
