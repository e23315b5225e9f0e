import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';

const options = optionTable({ limit: { kind: 'duration', default: 30_000, help: 'how long to wait' } });

/** What `deploy` asks a host's own program to do there, so that no host needs curl or socat. */
export const hostCommand: Command = {
  name: 'host', usage: 'until-ready URL | set-replica NAME ready|drain BACKEND…', summary: 'wait for a process of this host, or tell its HAProxy of a replica; deploy calls it', options,
  async run(context: CommandContext) {
    const { options: { limit: limitMs }, positionals: [verb, ...words] } = parseOptions(options, context.args);
    const { setReplica, untilReady } = await import('../deploy/on-host.ts');
    const { clock, signal } = context;
    const [first = '', state, ...backends] = words;
    if (verb === 'until-ready' && words.length === 1 && URL.canParse(first)) await untilReady(new URL(first), { limitMs, clock, signal });
    else if (verb === 'set-replica' && (state === 'ready' || state === 'drain') && backends.length > 0) await setReplica({ replica: first, state, backends }, { limitMs, clock, signal });
    else throw new UsageError("want 'until-ready URL' or 'set-replica NAME ready|drain BACKEND…'");
    return 0;
  },
};
