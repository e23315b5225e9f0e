import type { LogFormat } from './logger.ts';
import { optionTable, UsageError, type OptionSpec } from './options.ts';

type LoggingTable = { readonly v: OptionSpec<'int'> & { kind: 'int'; default: number }; readonly 'logging-format': OptionSpec<'string'> & { kind: 'string'; default: string } };

/** The flags by which every process says how much it logs, and how; spread them into its own table. */
export const loggingOptions: LoggingTable = optionTable({
  v: { kind: 'int', default: 0, help: 'Verbosity of logs: from 2 on debug lines, from 3 on a line a request (API server), from 6 on a line a call of the API (its clients)', placeholder: 'LEVEL' },
  'logging-format': { kind: 'string', default: 'json', help: 'json: an object a line; text: lines as klog writes them', placeholder: 'FORMAT' },
});

export interface LoggingSettings { verbosity: number; format: LogFormat }

/** @throws UsageError for a format that there is not. */
export function loggingSettings({ v: verbosity, 'logging-format': format }: { readonly v: number; readonly 'logging-format': string }): LoggingSettings {
  if (format !== 'json' && format !== 'text') throw new UsageError(`--logging-format: Invalid value: ${JSON.stringify(format)}: Unsupported log format; supported: "json", "text"`);
  return { verbosity, format };
}
