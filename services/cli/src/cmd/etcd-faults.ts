import { UserError, type Command } from '@kubernode/component-base';
import { EtcdError } from '@kubernode/rpc';

/** The command, with what etcd answers or does not answer told as one sentence: to whoever calls it that is a fault of the host, not of the program. */
export function tellingEtcdFaults(command: Command): Command {
  return {
    ...command,
    async run(context) {
      try { return await command.run(context); } catch (error) {
        if (error instanceof EtcdError) throw new UserError(`etcd: ${error.message}`);
        throw error;
      }
    },
  };
}
