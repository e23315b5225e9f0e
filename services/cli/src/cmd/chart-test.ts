import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';
import { actionOptions, outputOptions } from './chart-release-options.ts';

const options = optionTable({
  ...accessOptions, ...outputOptions, timeout: actionOptions.timeout,
  filter: { kind: 'list', default: [], placeholder: 'name=TEST', help: 'only these tests; !name=TEST: all but these' },
  logs: { kind: 'boolean', default: false, help: 'print what the pods of the tests said' },
  'hide-notes': { kind: 'boolean', default: false, help: 'do not print the notes' },
});

/** Runs the tests that a chart brought along. Exit status 1 when one fails. */
export const chartTestCommand: Command = {
  name: 'test', usage: 'RELEASE', summary: 'run the tests of a release', options,
  async run(context: CommandContext) {
    const { options: flags, positionals: [name, extra] } = parseOptions(options, context.args);
    if (name === undefined || extra !== undefined) throw new UsageError('name one release');
    const choice = choiceOf(flags.filter);
    const [{ withReleases }, { testLogs, testRelease }, { releaseData, showStatus }, { formatOutput }] = await Promise.all([import('../chart/release-session.ts'), import('@kubernode/helm'), import('../chart/show-releases.ts'), import('../chart/output-format.ts')]);
    const failure = await withReleases(context, { access: flags }, async (environment) => {
      const result = await testRelease(environment, { name, timeoutMs: flags.timeout, ...choice });
      context.stdout.write(formatOutput(flags.o ?? flags.output, { data: releaseData(result.release, { withChart: true }), table: () => showStatus(result.release, { notes: !flags['hide-notes'] }) }));
      if (flags.logs) for (const { name: test, text } of await testLogs(environment, result.release, choice)) context.stdout.write(`\nPOD LOGS: ${test}\n${text}\n`);
      return result.failure;
    });
    if (failure !== undefined) throw new UserError(failure);
    return 0;
  },
};

function choiceOf(filters: readonly string[]): { include: string[]; exclude: string[] } {
  const parsed = filters.map((filter) => ({ filter, match: /^(!\s?)?name=(.+)$/.exec(filter) }));
  const odd = parsed.find(({ match }) => match === null);
  if (odd !== undefined) throw new UsageError(`invalid value "${odd.filter}" for --filter: want name=TEST or !name=TEST`);
  const names = (negated: boolean): string[] => parsed.filter(({ match }) => (match?.[1] !== undefined) === negated).map(({ match }) => match?.[2] ?? '');
  return { include: names(false), exclude: names(true) };
}
