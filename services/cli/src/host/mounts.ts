import { readFileSync } from 'node:fs';
import { runProgram } from '@kubernode/component-base';
import { findProgram } from './programs.ts';

/** Every mount point below a folder, deepest first. */
export function mountsBelow(dir: string): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((point) => point.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

/** Unmounts all of them; returns which. */
export async function unmountBelow(dir: string): Promise<readonly string[]> {
  const points = mountsBelow(dir);
  const umount = findProgram('umount', process.env['PATH']) ?? 'umount';
  for (const point of points) await runProgram(umount, ['--lazy', point]);
  return points;
}
