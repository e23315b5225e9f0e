import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '@kubernode/component-base';
import { demoImage, pauseImage } from '../cluster/containerd-config.ts';
import type { Layout } from '../cluster/layout.ts';
import { findProgram } from '../host/programs.ts';
import { buildImageArchive } from './build-image.ts';
import { importImage } from './import-image.ts';
import { pauseProgram } from './pause-program.ts';
import type { TarEntry } from './tar-archive.ts';

/** Makes the images that every cluster has, from what the host has, and gives them to a node's containerd. No registry is asked. */
export async function importStandardImages({ layout, node, env }: { layout: Layout; node: number; env: Readonly<Record<string, string | undefined>> }): Promise<void> {
  for (const archive of writeStandardImages(layout.imagesDir, env)) await importImage({ archive, socket: layout.containerd(node).socket, env });
}

/** Writes the archives that are not in the folder yet; returns the paths of all. */
export function writeStandardImages(dir: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const busybox = findProgram('busybox', env['PATH']);
  if (busybox === undefined) throw new UserError('busybox is not installed; apt-get install busybox-static');
  mkdirSync(dir, { recursive: true });
  return ([['pause.tar', pauseArchive], ['demo.tar', demoArchive]] as const).map(([file, make]) => {
    const archive = path.join(dir, file);
    if (!existsSync(archive)) writeFileSync(archive, make(busybox));
    return archive;
  });
}

/** Writes the image of pods' sandboxes alone where it is missing; returns its path. */
export function writePauseImage(dir: string, env: Readonly<Record<string, string | undefined>>): string {
  mkdirSync(dir, { recursive: true });
  const archive = path.join(dir, 'pause.tar');
  if (!existsSync(archive)) writeFileSync(archive, pauseArchive(findProgram('busybox', env['PATH']) ?? 'busybox'));
  return archive;
}

/** Our own program on x86-64; elsewhere busybox, which sleeps as well. */
function pauseArchive(busybox: string): Buffer {
  if (process.arch === 'x64') return buildImageArchive({ name: pauseImage, config: { Entrypoint: ['/pause'] }, entries: [{ path: 'pause', mode: 0o755, body: pauseProgram() }] });
  return buildImageArchive({ name: pauseImage, config: { Entrypoint: ['/busybox', 'sleep', '2147483647'] }, entries: [{ path: 'busybox', mode: 0o755, body: readFileSync(busybox) }] });
}

/** A small system of busybox: a shell, an HTTP server, the usual tools. */
export function demoArchive(busybox: string): Buffer {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter((one) => one !== '' && one !== 'busybox');
  const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'usr/bin', 'var', 'www'];
  const entries: TarEntry[] = [
    ...folders.map((dir) => ({ path: `${dir}/`, mode: dir === 'tmp' ? 0o1777 : 0o755 })),
    { path: 'bin/busybox', mode: 0o755, body: readFileSync(busybox) },
    ...applets.map((applet) => ({ path: `bin/${applet}`, mode: 0o777, linkTarget: 'busybox' })),
    { path: 'usr/bin/env', mode: 0o777, linkTarget: '/bin/busybox' },
    { path: 'etc/passwd', mode: 0o644, body: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n') },
    { path: 'etc/group', mode: 0o644, body: Buffer.from('root:x:0:\nnogroup:x:65534:\n') },
  ];
  return buildImageArchive({ name: demoImage, config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin:/usr/bin'], WorkingDir: '/' }, entries });
}
