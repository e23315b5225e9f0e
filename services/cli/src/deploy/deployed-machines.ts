import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFileSync } from '@kubernode/component-base';
import type { Machine } from './inventory.ts';

const fileOf = (stateDir: string): string => path.join(stateDir, 'machines.json');

/** Machines that were deployed to, and how they are reached: what a new inventory no longer has can still be cleaned. */
export function readDeployedMachines(stateDir: string): readonly Machine[] {
  return existsSync(fileOf(stateDir)) ? JSON.parse(readFileSync(fileOf(stateDir), 'utf8')) as Machine[] : []; // written below
}

export function writeDeployedMachines(stateDir: string, machines: readonly Machine[]): void {
  replaceFileSync(fileOf(stateDir), `${JSON.stringify(machines, null, 1)}\n`, { mode: 0o600, dirMode: 0o700 });
}
