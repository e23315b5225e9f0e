import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { buildImageArchive, findProgram } from '@kubernode/cli';
import { eventually } from '../../framework/run.ts';
import { attempt, withSbin } from './host-programs.ts';

/** A Docker of our own: daemon, data and socket below a folder, no bridge and no packet filter rules but those of networks that are asked for. */
export interface OwnDocker extends AsyncDisposable { readonly docker: Docker; /** For clients that read DOCKER_HOST. */ readonly host: string }

/** Nothing but the folders and links of a Debian whose /usr is bound from the host. */
export const machineImage = 'localhost/kubernode-machine:1';

/**
 * Machines without CAP_SYS_RESOURCE (virtual machines of build services) cannot give it away: runc fails on privileged containers unless it is
 * taken out of what they ask for. Elsewhere this changes nothing that tests look at.
 */
const RUNC_WRAPPER = (runc: string): string => `#!/bin/sh
bundle=. process= previous= verb=
for word in "$@"; do
  case $previous in --bundle|-b) bundle=$word;; --process|-p) process=$word;; esac
  case $word in create|run) verb=create;; exec) verb=exec;; esac
  previous=$word
done
file=
[ "$verb" = create ] && file=$bundle/config.json
[ "$verb" = exec ] && file=$process
[ -n "$file" ] && [ -f "$file" ] && sed -i 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' "$file"
exec ${runc} "$@"
`;

export async function startDocker(prefix: string): Promise<OwnDocker> {
  const [dockerd, runc] = ['dockerd', 'runc'].map((name) => findProgram(name, process.env['PATH']));
  if (dockerd === undefined || runc === undefined) throw new Error('dockerd is not installed; apt-get install docker.io, or use BACKEND=namespaces');
  const dir = mkdtempSync(path.join(tmpdir(), `${prefix}-docker-`));
  const [wrapper, socket] = [path.join(dir, 'runc'), path.join(dir, 'docker.sock')];
  writeFileSync(wrapper, RUNC_WRAPPER(runc));
  chmodSync(wrapper, 0o755);
  const log = openSync(path.join(dir, 'dockerd.log'), 'a');
  const args = ['--data-root', path.join(dir, 'root'), '--exec-root', path.join(dir, 'exec'), '-H', `unix://${socket}`, '--pidfile', path.join(dir, 'docker.pid'), '--add-runtime', `machine=${wrapper}`, '--default-runtime', 'machine', '--bridge=none', '--iptables=false', '--ip-masq=false'];
  const child = spawn(dockerd, args, { stdio: ['ignore', log, log], env: { ...process.env, ...withSbin } });
  const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  const docker = new Docker({ socketPath: socket });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await attempt('umount', '-R', '-l', path.join(dir, 'root'));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually('dockerd', async () => existsSync(socket) && (await docker.ping()) !== undefined);
    await loadMachineImage(docker);
  } catch (error) {
    const said = readFileSync(path.join(dir, 'dockerd.log'), 'utf8').trim().split('\n').slice(-5).join('\n');
    await stop();
    throw new Error(`dockerd does not work: ${said}`, { cause: error });
  }
  return { docker, host: `unix://${socket}`, [Symbol.asyncDispose]: stop };
}

async function loadMachineImage(docker: Docker): Promise<void> {
  const folders = ['dev', 'etc', 'etc/alternatives', 'opt', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var', 'var/lib', 'var/run'].map((dir) => ({ path: `${dir}/`, mode: dir === 'tmp' ? 0o1777 : 0o755 }));
  const links = ['bin', 'sbin', 'lib', 'lib64'].map((name) => ({ path: name, mode: 0o777, linkTarget: `usr/${name}` }));
  const alternatives = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'].map((name) => ({ path: `etc/alternatives/${name}`, mode: 0o777, linkTarget: `/usr/sbin/${name.replace('tables', 'tables-nft')}` }));
  const users = { path: 'etc/passwd', mode: 0o644, body: Buffer.from('root:x:0:0:root:/root:/bin/bash\n') };
  const archive = buildImageArchive({ name: machineImage, config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] }, entries: [...folders, ...links, ...alternatives, users] });
  const answer = await docker.loadImage(Readable.from([archive]));
  await new Promise<void>((resolve, reject) => { answer.on('end', () => resolve()).on('error', reject).resume(); });
}
