import { encodeYaml } from '@kubernode/apimachinery';
import { UsageError } from '@kubernode/component-base';

/** What a command shows: text for people, data for programs. */
export interface Shown { table: () => string; data: unknown }

/** The text in the format that `-o` asks for. UsageError for an unknown one. */
export function formatOutput(format: string, { table, data }: Shown): string {
  switch (format) {
    case 'table': return table();
    case 'json': return `${JSON.stringify(data)}\n`;
    case 'yaml': return encodeYaml(data);
    default: throw new UsageError(`invalid format "${format}" for --output: want table, json or yaml`);
  }
}
