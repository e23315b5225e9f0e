import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';

const options = optionTable({
  'containerd-socket': { kind: 'string', default: '/run/kubernode-containerd/containerd.sock', placeholder: 'FILE', help: "the container runtime's socket" },
});

/** What a node's unit does before each start: the host forwards packets, and the runtime has the image of pods' sandboxes. */
export const prepareNodeCommand: Command = {
  name: 'prepare-node', summary: 'make this host ready for its node agent; units call it', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { prepareNode } = await import('../deploy/prepare-node.ts');
    await prepareNode({ socket: given['containerd-socket'], env: context.env, clock: context.clock, signal: context.signal });
    return 0;
  },
};
