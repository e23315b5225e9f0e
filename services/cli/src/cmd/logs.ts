import { createReadStream, existsSync, openSync, readdirSync, readSync, closeSync, statSync } from 'node:fs';
import { isAbortError } from '@kubernode/base';
import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { layoutOf } from '../cluster/layout.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({
  ...dirOption,
  follow: { kind: 'boolean', default: false, help: 'go on with new lines' },
  f: { kind: 'boolean', default: false, help: 'short for --follow' },
  tail: { kind: 'int', default: -1, help: 'only this many lines from the end' },
});
const FOLLOW_POLL_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/** Prints the log of one process of the cluster. */
export const logsCommand: Command = {
  name: 'logs', usage: 'PROCESS', summary: 'print the log of a process of the cluster', options,
  async run(context: CommandContext) {
    const { options: { dir, follow, f, tail }, positionals: [name, extra] } = parseOptions(options, context.args);
    const layout = layoutOf(dir);
    const known = existsSync(layout.logsDir) ? readdirSync(layout.logsDir).filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -4)).sort() : [];
    if (name === undefined || extra !== undefined) throw new UsageError(`name one process${known.length > 0 ? `: ${known.join(', ')}` : ''}`);
    if (!known.includes(name)) throw new UserError(known.length === 0 ? `there are no logs in ${layout.logsDir}; bring a cluster up first` : `there is no process "${name}"; there are ${known.join(', ')}`);
    const file = layout.log(name);
    let position = await printFrom(context, file, tail < 0 ? 0 : offsetOfTail(file, tail));
    try {
      while (follow || f) {
        await context.clock.sleep(FOLLOW_POLL_MS, { signal: context.signal });
        position = await printFrom(context, file, statSync(file).size < position ? 0 : position); // smaller: it was rotated
      }
    } catch (error) { if (!isAbortError(error)) throw error; }
    return 0;
  },
};

/** Prints from `start` to the end that the file has now; returns where that was. */
function printFrom(context: CommandContext, file: string, start: number): Promise<number> {
  const end = statSync(file).size;
  if (end <= start) return Promise.resolve(start);
  return new Promise((resolve, reject) => {
    createReadStream(file, { start, end: end - 1 }).on('error', reject).on('end', () => resolve(end)).pipe(context.stdout, { end: false });
  });
}

/** Where the last `lines` lines begin; reads backwards, so that a large log costs nothing. */
function offsetOfTail(file: string, lines: number): number {
  const fd = openSync(file, 'r');
  try {
    let position = statSync(file).size;
    let newlines = 0;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    while (position > 0) {
      const length = Math.min(CHUNK_BYTES, position);
      readSync(fd, chunk, 0, length, position - length);
      for (let i = length - 1; i >= 0; i--) if (chunk[i] === 0x0a && newlines++ === lines) return position - length + i + 1;
      position -= length;
    }
    return 0;
  } finally { closeSync(fd); }
}
