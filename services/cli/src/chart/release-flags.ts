import { UsageError, type Options } from '@kubernode/component-base';
import type { DryRun, UpdateMethod, ValuePolicy } from '@kubernode/helm';
import type { actionOptions, releaseOptions, updateOptions, valuePolicyOptions } from '../cmd/chart-release-options.ts';

type ActionFlags = Options<typeof actionOptions>;
type UpdateFlags = Options<typeof updateOptions>;
type ReleaseFlags = Options<typeof releaseOptions>;

/** Waits and hooks, as actions take them. */
export function actionFlags(flags: ActionFlags): { timeoutMs: number; wait: boolean; waitForJobs: boolean; hooks: boolean } {
  return { timeoutMs: flags.timeout, wait: flags.wait || flags['wait-for-jobs'], waitForJobs: flags['wait-for-jobs'], hooks: !flags['no-hooks'] };
}

/** The way of changing objects. UsageError for two at once. */
export function updateFlags(flags: UpdateFlags): { method: UpdateMethod; forceConflicts: boolean; historyMax: number } {
  if (flags.force && flags['server-side']) throw new UsageError('--force and --server-side exclude each other');
  return { method: flags.force ? 'replace' : flags['server-side'] ? 'apply' : 'merge', forceConflicts: flags['force-conflicts'], historyMax: flags['history-max'] };
}

/** What install and upgrade have in common. */
export function releaseFlags(flags: ReleaseFlags): { dryRun: DryRun | undefined; description: string | undefined; labels: Record<string, string>; skipSchema: boolean; subNotes: boolean; atomic: boolean; takeOwnership: boolean } {
  return {
    dryRun: dryRunFlag(flags), description: flags.description, labels: { ...flags.labels, ...flags.l }, skipSchema: flags['skip-schema-validation'], subNotes: flags['render-subchart-notes'],
    atomic: flags.atomic, takeOwnership: flags['take-ownership'],
  };
}

/** What becomes of the last revision's values; by Helm's order where several are asked for. */
export function valuePolicy(flags: Options<typeof valuePolicyOptions>): ValuePolicy {
  if (flags['reset-values']) return 'reset';
  if (flags['reuse-values']) return 'reuse';
  return flags['reset-then-reuse-values'] ? 'reset-then-reuse' : 'default';
}

function dryRunFlag(flags: ReleaseFlags): DryRun | undefined {
  const value = flags['dry-run'];
  const dryRun = value === 'none' || value === 'false' || value === '' ? undefined : value === 'client' || value === 'true' ? 'client' : value === 'server' ? 'server' : null;
  if (dryRun === null) throw new UsageError(`invalid value "${value}" for --dry-run: want client or server`);
  if (dryRun === undefined && flags['hide-secret']) throw new UsageError('--hide-secret needs --dry-run');
  return dryRun;
}
