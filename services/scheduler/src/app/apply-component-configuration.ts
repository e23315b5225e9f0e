import { parseDuration } from '@kubernode/component-base';
import type { ComponentOptions } from '@kubernode/controller';
import type { SchedulerConfiguration } from '../config/scheduler-configuration.ts';

/** What the configuration file says about the lead and the connection, where no flag says otherwise. */
export function applyComponentConfiguration<T extends ComponentOptions>(options: T, args: readonly string[], { leaderElection, clientConnection }: Pick<SchedulerConfiguration, 'leaderElection' | 'clientConnection'>): T {
  const isGiven = (flag: string): boolean => args.some((arg) => arg.replace(/^--?(no-)?/, '').replace(/=.*$/s, '') === flag);
  const fromFile: Record<string, unknown> = {
    'leader-elect': leaderElection['leaderElect'],
    'leader-elect-lease-duration': durationOf(leaderElection['leaseDuration']),
    'leader-elect-renew-deadline': durationOf(leaderElection['renewDeadline']),
    'leader-elect-retry-period': durationOf(leaderElection['retryPeriod']),
    'leader-elect-resource-name': leaderElection['resourceName'],
    'leader-elect-resource-namespace': leaderElection['resourceNamespace'],
    kubeconfig: clientConnection['kubeconfig'],
  };
  return { ...options, ...Object.fromEntries(Object.entries(fromFile).filter(([flag, value]) => value !== undefined && value !== '' && !isGiven(flag))) };
}

function durationOf(value: unknown): number | undefined { return typeof value === 'string' ? parseDuration(value) : undefined; }
