import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFileSync } from '@kubernode/component-base';
import type { Layout } from './layout.ts';

/** How long the last `up` took, ms: what `status` shows. */
export interface StartTimes { controlPlaneMs: number; readyMs: number }

const fileOf = (layout: Layout): string => path.join(layout.runDir, 'start-times.json');

export function writeStartTimes(layout: Layout, times: StartTimes): void {
  replaceFileSync(fileOf(layout), JSON.stringify(times), { mode: 0o644 });
}

export function readStartTimes(layout: Layout): StartTimes | undefined {
  return existsSync(fileOf(layout)) ? JSON.parse(readFileSync(fileOf(layout), 'utf8')) as StartTimes : undefined; // written by writeStartTimes
}
