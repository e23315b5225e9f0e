import type { Clock, Rng } from '@kubernode/base';
import { describeOptions, nearestName, UsageError, UserError, type OptionTable } from './options.ts';

/** What a process gets from outside: the only door to arguments, environment and output. */
export interface CommandContext {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  clock: Clock;
  rng: Rng;
  /** Aborted on the first SIGTERM or SIGINT; `run` then ends cleanly. */
  signal: AbortSignal;
  /** The file that was started, so that a command can start others of its own kind. */
  executable: string;
}

/** A subcommand. `run` resolves to the exit status once everything it started has ended. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What stands behind the name in the usage line. */
  usage?: string;
  options: OptionTable;
  /** What a first argument may name instead (`chart template`); each is a command of its own, and `run` gets what names none of them. */
  subcommands?: readonly Command[];
  /** How long it may take to end cleanly with these arguments, ms; a general limit when absent. */
  cleanStopMsMax?(args: readonly string[]): number;
  run(context: CommandContext): Promise<number>;
}

/** Runs a command as a user called it: help on demand, one clear sentence for an expected fault (status 2 for usage, 1 for the host). `program` is '' for one that is a program of its own. */
export async function runCommand(command: Command, context: CommandContext, { program = 'kubernode' }: { program?: string } = {}): Promise<number> {
  const called = program === '' ? command.name : `${program} ${command.name}`;
  const [first = '', ...rest] = context.args;
  const subcommand = command.subcommands?.find(({ name }) => name === first);
  if (subcommand) return runCommand(subcommand, { ...context, args: rest }, { program: called });
  if (context.args.includes('--help') || context.args.includes('-h')) {
    context.stdout.write(`${command.summary}\n\nUsage: ${called}${command.usage === undefined ? '' : ` ${command.usage}`}${Object.keys(command.options).length > 0 ? ' [flags]' : ''}\n\n${describeSubcommands(command)}${describeOptions(command.options)}\n`);
    return 0;
  }
  try {
    return await command.run(context);
  } catch (error) {
    if (error instanceof UsageError) {
      context.stderr.write(`${called}: ${error.message}\nSee '${called} --help'.\n`);
      return 2;
    }
    if (error instanceof UserError) {
      context.stderr.write(`${called}: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

function describeSubcommands({ subcommands = [] }: Command): string {
  const width = Math.max(0, ...subcommands.map(({ name }) => name.length)) + 2;
  return subcommands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join('');
}

/** What `run` of a command with subcommands says when none of them was named. */
export function noSubcommand({ subcommands = [] }: Pick<Command, 'subcommands'>, [given]: readonly string[]): UsageError {
  const names = subcommands.map(({ name }) => name);
  const nearest = given === undefined ? undefined : nearestName(given, names);
  if (given === undefined) return new UsageError(`want one of ${names.join(', ')}`);
  return new UsageError(`unknown command "${given}"; ${nearest === undefined ? `there are ${names.join(', ')}` : `did you mean ${nearest}?`}`);
}
