import { noSubcommand, type Command } from '@kubernode/component-base';
import { chartDiffCommand } from './chart-diff.ts';
import { chartGetCommand } from './chart-get.ts';
import { chartHistoryCommand } from './chart-history.ts';
import { chartInstallCommand } from './chart-install.ts';
import { chartLintCommand } from './chart-lint.ts';
import { chartListCommand } from './chart-list.ts';
import { chartRollbackCommand } from './chart-rollback.ts';
import { chartStatusCommand } from './chart-status.ts';
import { chartTemplateCommand } from './chart-template.ts';
import { chartTestCommand } from './chart-test.ts';
import { chartUninstallCommand } from './chart-uninstall.ts';
import { chartUpgradeCommand } from './chart-upgrade.ts';

/** Helm's charts, a file a verb (`chart-VERB.ts`). */
export const chartCommand: Command = {
  name: 'chart', usage: 'VERB', summary: 'render and release Helm charts', options: {},
  subcommands: [
    chartTemplateCommand, chartLintCommand, chartInstallCommand, chartUpgradeCommand, chartDiffCommand, chartRollbackCommand, chartUninstallCommand, chartListCommand, chartStatusCommand,
    chartHistoryCommand, chartGetCommand, chartTestCommand,
  ],
  cleanStopMsMax: ([verb = '', ...args]) => chartCommand.subcommands?.find(({ name }) => name === verb)?.cleanStopMsMax?.(args) ?? CLEAN_STOP_MS_MAX,
  run: (context) => Promise.reject(noSubcommand(chartCommand, context.args)),
};

/** Verbs that change nothing end at once. */
const CLEAN_STOP_MS_MAX = 5000;
