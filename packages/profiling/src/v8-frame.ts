import type { Runtime } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Frame } from './encode-profile.ts';

/** A function of V8 as pprof names it; V8 counts lines from 0, and says -1 for what has none. */
export function frameOf({ functionName, url, lineNumber }: Runtime.CallFrame): Frame {
  return { name: functionName === '' ? '(anonymous)' : functionName, file: url.startsWith('file://') ? fileURLToPath(url) : url, line: Math.max(0, lineNumber + 1) };
}
