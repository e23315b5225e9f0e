import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, type Result } from './run.ts';

export const root: string = path.join(import.meta.dirname, '../..');
/** How the names of the folders of tests' clusters begin. */
export const clusterDirPrefix = 'kubernode-e2e-';
export const kubernodeCommand: string = path.join(root, 'bin/kubernode');

/** One cluster of a test: a folder and ports of its own, and a home so that the user's kubeconfig stays as it is. */
export class TestCluster {
  readonly dir: string = mkdtempSync(path.join(tmpdir(), clusterDirPrefix));
  readonly home: string = mkdtempSync(path.join(tmpdir(), 'kubernode-home-'));
  readonly securePort: number;
  readonly #options: readonly string[];

  constructor(securePort: number, options: readonly string[] = []) {
    this.securePort = securePort;
    this.#options = options;
  }

  get env(): Record<string, string> { return { KUBECONFIG: path.join(this.dir, 'admin.kubeconfig'), HOME: this.home }; }

  kubernode(...args: readonly string[]): Promise<Result> {
    const [command = '', ...rest] = args;
    return run(kubernodeCommand, [command, `--dir=${this.dir}`, ...rest], { env: { HOME: this.home }, timeoutMs: 180_000 });
  }

  up(...more: readonly string[]): Promise<Result> {
    return this.kubernode('up', `--secure-port=${this.securePort}`, ...this.#options, ...more);
  }

  /** A command that speaks to the cluster by its kubeconfig, rather than by its folder. */
  kubernodeHere(...args: readonly string[]): Promise<Result> {
    return run(kubernodeCommand, args, { env: this.env, timeoutMs: 60_000 });
  }

  /** The output of kubectl; fails the test when kubectl does. */
  async kubectl(args: string, input?: string): Promise<string> {
    const result = await this.kubectlResult(args, input);
    if (result.status !== 0) throw new Error(`kubectl ${args}: ${result.stderr}`);
    return result.stdout;
  }

  kubectlResult(args: string, input?: string): Promise<Result> {
    return run('kubectl', args.split(' ').filter((word) => word !== ''), { env: this.env, ...(input !== undefined && { input }) });
  }

  /** The pid of a process of the cluster, from its pid file. */
  pidOf(name: string): number {
    return Number(readFileSync(path.join(this.dir, 'run', `${name}.pid`), 'utf8').split(' ')[0]);
  }
}
