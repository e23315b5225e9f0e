import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import type { Explanation } from '../explain/explanation.ts';
import type { Placement } from '../explain/placement.ts';
import { accessOptions, type AccessOptions } from './access-options.ts';
import { dirOption } from './cluster-options.ts';

const options = {
  ...dirOption, ...accessOptions,
  ...optionTable({
    output: { kind: 'string', default: 'text', help: 'text or json', placeholder: 'FORMAT' },
    o: { kind: 'string', help: 'short for --output', placeholder: 'FORMAT' },
    'scheduler-config': { kind: 'string', help: 'the KubeSchedulerConfiguration that the scheduler of the cluster has', placeholder: 'FILE' },
  }),
};
const USAGE = 'pod NAME | service NAME | delete KIND NAME';

/** Says why something is not as it should be. The scheduler's judgement is given by whoever composes the services. */
export function explainCommand(loadPlacement: () => Promise<Placement>): Command {
  return {
    name: 'explain', usage: USAGE, summary: 'say why a pod is pending, not ready or not gone, why a service leads nowhere, or what a deletion waits for', options,
    async run(context) {
      const { options: given, positionals } = parseOptions(options, context.args);
      const output = given.o ?? given.output;
      if (output !== 'text' && output !== 'json') throw new UsageError(`--output: want text or json, not ${JSON.stringify(output)}`);
      const explanation = await explain(positionals, given, { context, loadPlacement });
      const { printExplanation } = await import('../explain/explanation.ts');
      context.stdout.write(output === 'json' ? `${JSON.stringify(explanation, undefined, 2)}\n` : printExplanation(explanation));
      return 0;
    },
  };
}

type Given = AccessOptions & { readonly dir: string; readonly 'scheduler-config': string | undefined };

async function explain([verb, ...names]: readonly string[], given: Given, { context, loadPlacement }: { context: CommandContext; loadPlacement: () => Promise<Placement> }): Promise<Explanation> {
  const [kind, name] = verb === 'delete' ? names : [verb, names[0]];
  if (kind === undefined || name === undefined || names.length !== (verb === 'delete' ? 2 : 1)) throw new UsageError(`say what: ${USAGE}`);
  const isPod = ['pod', 'pods', 'po'].includes(kind);
  const isService = ['service', 'services', 'svc'].includes(kind);
  if (verb !== 'delete' && !isPod && !isService) throw new UsageError(`there is nothing to explain of ${JSON.stringify(kind)}; say ${USAGE}`);
  const [{ explainOneDeletion, explainOnePod, explainOneService }, { ObjectReader }, { openUserAccess }, placement] = await Promise.all([import('../explain/explain.ts'), import('../explain/object-reader.ts'), import('../cluster/user-access.ts'), loadPlacement()]);
  const { client, namespace } = openUserAccess(given, { env: context.env, clock: context.clock, rng: context.rng, userAgent: 'kubernode-explain' });
  try {
    const parts = { reader: new ObjectReader(client, context), placement, config: given['scheduler-config'], nowMs: context.clock.now() };
    const target = { namespace, name };
    if (verb === 'delete') return await explainOneDeletion(kind, target, parts);
    return await (isPod ? explainOnePod(target, parts) : explainOneService(target, parts));
  } finally { client.close(); }
}
