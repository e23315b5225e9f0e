import { optionTable, parseOptions, UsageError, version, type Command, type CommandContext } from '@kubernode/component-base';

const options = optionTable({
  output: { kind: 'string', placeholder: 'FILE', help: 'the archive to write (default kubernode-VERSION.tar here)' },
  version: { kind: 'string', default: version.kubernode, help: 'what hosts call it; different contents need different names' },
  programs: { kind: 'boolean', default: true, help: "include this machine's etcd, containerd, runc, CNI plugins and HAProxy" },
});

/** Makes the archive that `deploy` copies to hosts. */
export const bundleCommand: Command = {
  name: 'bundle', summary: 'make one archive of everything that hosts need, for machines without a network', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    if (!/^[0-9A-Za-z][-+.\w]*$/.test(given.version)) throw new UsageError(`invalid value "${given.version}" for --version: want letters, digits, '.', '-', '+' and '_'`);
    const { builtDist, makeBundle } = await import('../deploy/make-bundle.ts');
    const output = given.output ?? `kubernode-${given.version}.tar`;
    await makeBundle({ dist: builtDist(context.executable), version: given.version, programs: given.programs, output, searchPath: context.env['PATH'], report: (what) => { context.stdout.write(`✓ ${what}\n`); } });
    context.stdout.write(`${output} is version ${given.version}\n`);
    return 0;
  },
};
