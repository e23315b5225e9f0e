import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync, cpSync, chmodSync, appendFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, run, type Result } from './run.ts';

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'kmsg', 'fuse'];
/** systemd's own units that have no place in a container. */
const MASKED = ['systemd-udevd.service', 'systemd-logind.service', 'getty.target', 'console-getty.service', 'systemd-resolved.service', 'systemd-networkd.service', 'systemd-timesyncd.service', 'systemd-binfmt.service', 'systemd-modules-load.service', 'systemd-sysctl.service'];
/** Where programs of administrators are. */
export const withSbin: { PATH: string } = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/**
 * Machines for tests: containers of namespaces with systemd and sshd inside, whose /usr is this host's and whose everything else is their own.
 * They are joined by a bridge in a network namespace of the operator's, so nothing of them is in the host's network.
 */
export class Machines implements AsyncDisposable {
  readonly dir: string = mkdtempSync(path.join(tmpdir(), 'kubernode-machines-'));
  readonly #prefix: string;
  readonly #subnet: string;
  readonly #running = new Map<string, string>();

  /** The prefix names namespaces, links and control groups; at most 5 characters. */
  constructor(prefix: string, subnet: string) { this.#prefix = prefix; this.#subnet = subnet; }

  get operatorNamespace(): string { return `${this.#prefix}-op`; }
  get keyFile(): string { return path.join(this.dir, 'id'); }
  get knownHosts(): string { return path.join(this.dir, 'known_hosts'); }
  address(number: number): string { return `${this.#subnet}.${number}`; }
  rootOf(name: string): string { return path.join(this.dir, 'hosts', name, 'root'); }

  async setUp(): Promise<void> {
    const ns = this.operatorNamespace;
    await must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', this.keyFile);
    writeFileSync(this.knownHosts, '');
    await must('ip', 'netns', 'add', ns);
    await must('ip', '-n', ns, 'link', 'set', 'lo', 'up');
    await must('ip', '-n', ns, 'link', 'add', 'br0', 'type', 'bridge');
    await must('ip', '-n', ns, 'address', 'add', `${this.address(1)}/24`, 'dev', 'br0');
    await must('ip', '-n', ns, 'link', 'set', 'br0', 'up');
  }

  /** Runs a program where the operator is. */
  operate(command: string, args: readonly string[], options: Parameters<typeof run>[2] = {}): Promise<Result> {
    return run('ip', ['netns', 'exec', this.operatorNamespace, command, ...args], { ...options, env: { ...withSbin, ...options.env } });
  }

  /** The output of a script that runs on a machine. */
  async on(name: string, script: string): Promise<string> {
    const result = await this.operate('ssh', ['-i', this.keyFile, '-o', `UserKnownHostsFile=${this.knownHosts}`, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', `root@${this.#running.get(name) ?? ''}`, script]);
    if (result.status !== 0) throw new Error(`${name}: ${script}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  /** Boots a machine; a new one when there is none of that name. */
  async start(name: string, number: number): Promise<void> {
    if (!existsSync(this.rootOf(name))) await this.#build(name, number);
    const [ns, link] = [`${this.#prefix}-${name}`, `${this.#prefix}${name}`];
    await must('ip', 'netns', 'add', ns);
    await must('ip', '-n', ns, 'link', 'set', 'lo', 'up');
    await must('ip', '-n', this.operatorNamespace, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns);
    await must('ip', '-n', this.operatorNamespace, 'link', 'set', link, 'master', 'br0', 'up');
    await must('ip', '-n', ns, 'address', 'add', `${this.address(number)}/24`, 'dev', 'eth0');
    await must('ip', '-n', ns, 'link', 'set', 'eth0', 'up');
    await must('ip', '-n', ns, 'route', 'add', 'default', 'via', this.address(1));
    const console_ = path.join(this.dir, 'hosts', name, 'console.log');
    spawn('sh', ['-c', `${this.#enterCgroups(name)}\nexec ip netns exec ${ns} unshare --mount --pid --fork --uts --ipc --cgroup --kill-child sh ${path.join(this.dir, 'hosts', name, 'init.sh')} >${console_} 2>&1`], { stdio: 'ignore', detached: true, env: { ...process.env, ...withSbin } }).unref();
    this.#running.set(name, this.address(number));
    await eventually(`ssh to ${name}`, async () => (await this.on(name, 'systemctl is-system-running --wait || true')).length > 0, 60_000);
  }

  /** Ends a machine at once, as when its power goes. */
  async powerOff(name: string): Promise<void> {
    this.#running.delete(name);
    await eventually(`the end of ${name}`, () => {
      const pids = this.#cgroups(name).flatMap(processesBelow);
      for (const pid of pids) { try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended, which is as good */ } }
      return Promise.resolve(pids.length === 0);
    });
    await run('ip', ['netns', 'delete', `${this.#prefix}-${name}`], { env: withSbin });
    await eventually(`no control groups of ${name}`, () => Promise.resolve(this.#cgroups(name).every(removeCgroup)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.powerOff(name);
    await run('ip', ['netns', 'delete', this.operatorNamespace], { env: withSbin });
    rmSync(this.dir, { recursive: true, force: true });
  }

  #cgroups(name: string): string[] { return hierarchies().map((hierarchy) => `/sys/fs/cgroup/${hierarchy}/${this.#prefix}-${name}`).filter((dir) => existsSync(dir)); }

  /** The machine's groups are the roots of what it sees. */
  #enterCgroups(name: string): string {
    return hierarchies().map((hierarchy) => {
      const [root, dir] = [`/sys/fs/cgroup/${hierarchy}`, `/sys/fs/cgroup/${hierarchy}/${this.#prefix}-${name}`];
      const cpus = hierarchy === 'cpuset' ? `cat ${root}/cpuset.cpus >${dir}/cpuset.cpus; cat ${root}/cpuset.mems >${dir}/cpuset.mems; ` : '';
      return `mkdir -p ${dir}; ${cpus}echo $$ >${dir}/cgroup.procs`;
    }).join('\n');
  }

  async #build(name: string, number: number): Promise<void> {
    const root = this.rootOf(name);
    for (const dir of ['usr', 'etc/ssh', 'etc/systemd/system/multi-user.target.wants', 'etc/alternatives', 'var/lib', 'var/log', 'var/tmp', 'run', 'tmp', 'opt', 'root/.ssh', 'proc', 'sys', 'dev', 'mnt']) mkdirSync(path.join(root, dir), { recursive: true });
    for (const link of ['bin', 'sbin', 'lib', 'lib64']) if (existsSync(`/${link}`)) symlinkSync(`usr/${link}`, path.join(root, link));
    symlinkSync('/run', path.join(root, 'var/run'));
    const put = (file: string, text: string, mode = 0o644): void => { writeFileSync(path.join(root, file), text, { mode }); };
    for (const file of ['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'nsswitch.conf', 'os-release']) if (existsSync(`/etc/${file}`)) cpSync(`/etc/${file}`, path.join(root, 'etc', file), { recursive: true, verbatimSymlinks: true });
    put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nmessagebus:x:101:101::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n');
    put('etc/group', 'root:x:0:\ntty:x:5:\nshadow:x:42:\nnogroup:x:65534:\nmessagebus:x:101:\nsystemd-journal:x:999:\n');
    put('etc/shadow', 'root:*:19000:0:99999:7:::\n', 0o600);
    put('etc/hostname', `${name}\n`); put('etc/hosts', '127.0.0.1 localhost\n'); put('etc/resolv.conf', `nameserver ${this.address(1)}\n`); put('etc/machine-id', ''); put('etc/fstab', '');
    symlinkSync('/lib/systemd/system/multi-user.target', path.join(root, 'etc/systemd/system/default.target'));
    symlinkSync('/lib/systemd/system/ssh.service', path.join(root, 'etc/systemd/system/multi-user.target.wants/ssh.service'));
    for (const unit of MASKED) symlinkSync('/dev/null', path.join(root, 'etc/systemd/system', unit));
    put('etc/ssh/sshd_config', 'HostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM no\nUseDNS no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n');
    put('root/.ssh/authorized_keys', readFileSync(`${this.keyFile}.pub`, 'utf8'), 0o600);
    chmodSync(path.join(root, 'root/.ssh'), 0o700);
    await must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path.join(root, 'etc/ssh/ssh_host_ed25519_key'));
    appendFileSync(this.knownHosts, `${this.address(number)} ${readFileSync(path.join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')}`);
    writeFileSync(path.join(this.dir, 'hosts', name, 'init.sh'), initScript(name, root));
  }
}

/** Gives the machine its file system and becomes systemd. */
function initScript(name: string, root: string): string {
  return `set -eu
mount --make-rprivate /
mount --bind ${root} ${root}
mount --rbind -o ro /usr ${root}/usr
mount -t proc proc ${root}/proc
mount -t sysfs sysfs ${root}/sys
mount -t tmpfs -o mode=755 tmpfs ${root}/sys/fs/cgroup
${hierarchies().map((one) => `mkdir ${root}/sys/fs/cgroup/${one}; mount -t ${one === 'unified' ? 'cgroup2 cgroup2' : `cgroup -o ${one === 'systemd' ? 'none,name=systemd' : one} cgroup`} ${root}/sys/fs/cgroup/${one}`).join('\n')}
mount -t tmpfs -o mode=755 tmpfs ${root}/run
mount -t tmpfs tmpfs ${root}/dev
for d in ${DEVICES.join(' ')}; do [ -e /dev/$d ] && { : >${root}/dev/$d; mount --bind /dev/$d ${root}/dev/$d; }; done
mkdir ${root}/dev/pts ${root}/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts ${root}/dev/pts; ln -s pts/ptmx ${root}/dev/ptmx; mount -t tmpfs tmpfs ${root}/dev/shm
ln -s /proc/self/fd ${root}/dev/fd; ln -s /proc/self/fd/0 ${root}/dev/stdin; ln -s /proc/self/fd/1 ${root}/dev/stdout; ln -s /proc/self/fd/2 ${root}/dev/stderr
hostname ${name}
mkdir -p ${root}/mnt/old; cd ${root}; pivot_root . mnt/old; umount -l /mnt/old
exec env -i container=test PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --log-target=console --show-status=no </dev/null
`;
}

/** Of control groups version 1, one folder each; with version 2 there is one for all. */
function hierarchies(): string[] { return ['systemd', 'unified', ...CONTROLLERS].filter((one) => existsSync(`/sys/fs/cgroup/${one}`)); }

function processesBelow(dir: string): number[] {
  try {
    const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => processesBelow(path.join(dir, entry.name)));
    return [...below, ...readFileSync(path.join(dir, 'cgroup.procs'), 'utf8').split('\n').filter((line) => line !== '').map(Number)];
  } catch { return []; } // a group that ended meanwhile
}

/** True when it is gone. */
function removeCgroup(dir: string): boolean {
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(path.join(dir, entry.name));
    rmdirSync(dir);
    return true;
  } catch { return !existsSync(dir); } // its last process is about to end
}

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await run(command, args, { env: withSbin });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
}
