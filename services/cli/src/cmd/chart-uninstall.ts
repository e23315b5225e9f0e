import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import type { Propagation } from '@kubernode/helm';
import { accessOptions } from './access-options.ts';
import { actionOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, wait: actionOptions.wait, timeout: actionOptions.timeout, 'no-hooks': actionOptions['no-hooks'],
  'dry-run': { kind: 'boolean', default: false, help: 'say what would be deleted and delete nothing' },
  'keep-history': { kind: 'boolean', default: false, help: 'keep the revisions; rollback brings the release back' },
  'ignore-not-found': { kind: 'boolean', default: false, help: 'a release that is not there is fine' },
  cascade: { kind: 'string', default: 'background', help: 'background, foreground or orphan: what becomes of dependents' },
  description: { kind: 'string', placeholder: 'TEXT', help: 'with --keep-history: instead of "Uninstallation complete"' },
});

/** Deletes what releases installed. */
export const chartUninstallCommand: Command = {
  name: 'uninstall', usage: 'RELEASE…', summary: 'delete what releases installed', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: names } = parseOptions(options, context.args);
    if (names.length === 0) throw new UsageError('name the releases to uninstall');
    const propagation = propagationOf(flags.cascade);
    const [{ withReleases }, { uninstallRelease }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm')]);
    for (const name of names) {
      const request = { name, timeoutMs: flags.timeout, wait: flags.wait, hooks: !flags['no-hooks'], keepHistory: flags['keep-history'], propagation, ignoreNotFound: flags['ignore-not-found'], dryRun: flags['dry-run'], description: flags.description };
      const { kept, deleted } = await withReleases(context, { access: flags }, (environment) => uninstallRelease(environment, request));
      if (flags['dry-run']) context.stdout.write(deleted.map((ref) => `would delete ${ref.kind} ${ref.name}\n`).join(''));
      if (kept.length > 0) context.stdout.write(`These resources were kept due to the resource policy:\n${kept.map((ref) => `[${ref.kind}] ${ref.name}\n`).join('')}\n`);
      if (!flags['dry-run']) context.stdout.write(`release "${name}" uninstalled\n`);
    }
    return 0;
  },
};

function propagationOf(text: string): Propagation {
  if (text === 'background' || text === 'foreground' || text === 'orphan') return text;
  throw new UsageError(`invalid cascade value (${text}). Must be "background", "foreground", or "orphan"`);
}
