import { systemClock, systemRng, unlimitedController } from '@kubernode/base';
import { inClusterNamespace } from '@kubernode/client';
import { parseOptions, runCommand, type Command, type CommandContext } from '@kubernode/component-base';
import { componentOptions } from './component-options.ts';
import type { Controller } from './controller.ts';
import { runComponent } from './run-component.ts';
import { prepareControllers, runControllers } from './run-controllers.ts';

/** A program of its own whose controllers run against any cluster. */
export interface Operator {
  /** In logs, as user agent and as name of the lease. */
  name: string;
  /** One line for `--help`. */
  summary: string;
  controllers: readonly Controller[];
}

/** What an operator needs of `process`. */
export type OperatorProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'stdin' | 'stdout' | 'stderr'> & { on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown };

/** Metrics and health. */
const PORT = 8080;

/**
 * Runs an operator as a process, until SIGTERM or SIGINT; gives its exit status. It has the flags that all components have: where the cluster is
 * (`--kubeconfig`, or $KUBECONFIG, or the pod's own), whether to elect a leader, where to serve metrics. On a signal the work at hand is aborted and the
 * lease given back, so that another replica goes on at once.
 */
export function runOperator(operator: Operator, process: OperatorProcess): Promise<number> {
  const stop = unlimitedController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { stop.abort(); });
  const { argv, env, stdin, stdout, stderr } = process;
  const [, executable = '', ...args] = argv;
  const context: CommandContext = { args, env, stdin, stdout, stderr, clock: systemClock, rng: systemRng, signal: stop.signal, executable };
  return runCommand(commandOf(operator, env), context, { program: '' });
}

function commandOf({ name, summary, controllers }: Operator, env: CommandContext['env']): Command {
  const leaseNamespace = inClusterNamespace(env) ?? 'default';
  const options = componentOptions({ leaseName: name, leaseNamespace, port: PORT });
  return {
    name, summary, options,
    async run(context) {
      const { options: given } = parseOptions(options, context.args);
      const kubeconfig = given.kubeconfig ?? (env['KUBERNETES_SERVICE_HOST'] ? undefined : env['KUBECONFIG']);
      await runComponent({
        name,
        prepare(runtime) {
          prepareControllers(controllers, runtime);
          return (signal) => runControllers(controllers, runtime, signal);
        },
      }, { ...given, kubeconfig }, context);
      return 0;
    },
  };
}
