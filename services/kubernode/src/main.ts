/**
 * The composition root: `kubernode COMMAND`, one subcommand a process or an operator's task. The only workspace that knows all
 * services; each is loaded when its command is called, so that a process carries only its own code.
 */
import { systemClock, systemRng, unlimitedController } from '@kubernode/base';
import { nearestName, runCommand, version, type Command } from '@kubernode/component-base';
import { commandTable } from './command-table.ts';

/** After the second signal the process ends at once; after the first it has this long to end cleanly, unless its command says otherwise, in ms. */
const CLEAN_STOP_MS_MAX = 30_000;

// Whatever the mask it was started with: nothing that is made here is for others to write.
process.umask(process.umask(0o022) | 0o022);
process.exitCode = await main(process.argv.slice(2));
if (process.exitCode !== undefined) process.exit();

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  if (['version', '--version'].includes(name)) {
    process.stdout.write(`kubernode ${version.kubernode} (Kubernetes ${version.gitVersion}, Node ${process.version})\n`);
    return 0;
  }
  const load = commandTable[name];
  if (!load) {
    const nearest = nearestName(name, Object.keys(commandTable));
    process.stderr.write(`kubernode: unknown command "${name}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}\nSee 'kubernode help'.\n`);
    return 2;
  }
  const command = await load();
  return runCommand(command, {
    args, env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr,
    clock: systemClock, rng: systemRng, signal: stopSignal(() => command.cleanStopMsMax?.(args) ?? CLEAN_STOP_MS_MAX), executable: process.argv[1] ?? '',
  });
}

async function usage(): Promise<string> {
  const commands: Command[] = await Promise.all(Object.values(commandTable).map((load) => load()));
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return `Kubernetes' control plane and node in TypeScript, on real etcd.\n\nUsage: kubernode COMMAND [flags]\n\n${commands.map((c) => `  ${c.name.padEnd(width)}${c.summary}\n`).join('')}\n'kubernode COMMAND --help' tells a command's flags.\n`;
}

function stopSignal(limitMs: () => number): AbortSignal {
  const controller = unlimitedController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1);
    systemClock.after(limitMs(), () => process.exit(1));
    controller.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return controller.signal;
}
