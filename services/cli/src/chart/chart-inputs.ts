import { readFileSync } from 'node:fs';
import { errorMessage } from '@kubernode/base';
import { UserError, type CommandContext, type Options } from '@kubernode/component-base';
import { ChartError, loadChart, mergeGivenValues, type Chart, type Values } from '@kubernode/helm';
import type { valueOptions } from '../cmd/chart-options.ts';

export type ValueFlags = Options<typeof valueOptions>;

/** What standard input may hold of values. */
const STDIN_BYTES_MAX = 16 * 1024 * 1024;

/** The chart that is named, a folder or an archive, and the values that are given for it. UserError for what is wrong with either; library charts are only for who asks for them by `library`. */
export async function readChartInputs(reference: string, flags: ValueFlags, context: Pick<CommandContext, 'stdin'>, { library = false }: { library?: boolean } = {}): Promise<{ chart: Chart; values: Values }> {
  const files = [...flags.values, ...flags.f];
  const stdin = files.includes('-') ? await readAll(context.stdin) : '';
  const read = (file: string): string => {
    if (file === '-') return stdin;
    try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`cannot read values: ${errorMessage(error)}`); }
  };
  try {
    const chart = loadChart(reference);
    if (chart.metadata.type === 'library' && !library) throw new UserError('library charts are not installable');
    return { chart, values: mergeGivenValues({ files, set: flags.set, setString: flags['set-string'], setFile: flags['set-file'], setJson: flags['set-json'], setLiteral: flags['set-literal'], read }) };
  } catch (error) {
    throw error instanceof ChartError ? new UserError(error.message, { cause: error }) : error;
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream) {
    const buffer = Buffer.from(part);
    bytes += buffer.length;
    if (bytes > STDIN_BYTES_MAX) throw new UserError(`standard input holds more than ${STDIN_BYTES_MAX} bytes`);
    parts.push(buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}
