import { runProgram, UserError } from '@kubernode/component-base';
import { findProgram } from '../host/programs.ts';

/** Gives an archive (docker-archive or OCI layout) to a node's containerd, in the namespace that Kubernetes' pods use. Returns what ctr said. */
export async function importImage({ archive, socket, env }: { archive: string; socket: string; env: Readonly<Record<string, string | undefined>> }): Promise<string> {
  const ctr = findProgram('ctr', env['PATH']);
  if (ctr === undefined) throw new UserError('ctr is not installed; apt-get install containerd');
  const { status, stdout, stderr } = await runProgram(ctr, ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive]);
  if (status !== 0) throw new UserError(`cannot import ${archive}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return stdout.trim();
}
