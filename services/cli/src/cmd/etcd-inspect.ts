import { optionTable, parseOptions, UsageError, type Command, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { etcdTargetOptions, findEtcd, openEtcd } from '../etcd/etcd-target.ts';
import { formatBytes } from './backup-options.ts';
import { formatTable } from './format-table.ts';
import { outputOption, wantsJson } from './output-option.ts';

const options = optionTable({ ...etcdTargetOptions, ...outputOption, prefix: { kind: 'string', default: '', help: 'only keys that begin so (default all)', placeholder: 'PREFIX' } satisfies OptionSpec });

/** Says what is in an etcd before somebody else takes it over. Exit status 1 when there is something that nobody could read. */
export const etcdInspectCommand: Command = {
  name: 'inspect', summary: 'say what is stored: kinds, storage versions, encryption, and what nobody can read', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const isJson = wantsJson(given.o);
    const { inspectEtcd } = await import('../etcd/inspect-etcd.ts');
    using etcd = openEtcd(findEtcd(given));
    const found = await inspectEtcd(etcd.client, { prefix: given.prefix, signal: context.signal });
    const { stdout } = context;
    if (isJson) stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else {
      stdout.write(formatTable(['KIND', 'STORED AS', 'FORM', 'KEYS', 'SIZE', 'WITH LEASE'], found.kinds.map((one) => [one.kind, one.apiVersion === '' ? '-' : one.apiVersion, one.sealedBy === undefined ? one.form : `encrypted by ${one.sealedBy}`, String(one.keys), formatBytes(one.bytes), String(one.leased)])));
      stdout.write(`\n${found.keys} keys at revision ${found.revision}\n`);
      for (const one of found.unserved) stdout.write(`! ${one} is neither built in nor defined by a CustomResourceDefinition\n`);
      for (const { key, why } of found.unreadable) stdout.write(`✗ ${key} cannot be read: ${why}\n`);
      if (found.unreadableMore > 0) stdout.write(`✗ and ${found.unreadableMore} more\n`);
    }
    return found.unreadable.length === 0 ? 0 : 1;
  },
};
