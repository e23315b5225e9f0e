import type { Plugin, PostFilterOutcome } from '../framework/plugin.ts';
import { messageOf } from '../framework/verdict.ts';

/** What there is to say after the post filters, and which node the pod is promised; undefined leaves an earlier promise as it is. */
export interface AfterFilters { readonly message: string; readonly nominated: string | undefined }

type Ask = (plugin: Plugin) => PostFilterOutcome | Promise<PostFilterOutcome> | undefined;

/** The first that makes room ends the round; the reasons of those that cannot are told together. */
export function runPostFilters(plugins: readonly Plugin[], ask: Ask): AfterFilters | Promise<AfterFilters> {
  return plugins.length === 0 ? { message: '', nominated: '' } : askFrom(0, { plugins, ask, reasons: [], nominated: undefined });
}

interface Round { readonly plugins: readonly Plugin[]; readonly ask: Ask; readonly reasons: string[]; nominated: string | undefined }

function askFrom(first: number, round: Round): AfterFilters | Promise<AfterFilters> {
  for (let i = first; i < round.plugins.length; i++) {
    const outcome = round.ask(round.plugins[i] as Plugin); // within length
    if (outcome instanceof Promise) return outcome.then((one) => note(one, round) ?? askFrom(i + 1, round));
    const end = outcome === undefined ? undefined : note(outcome, round);
    if (end !== undefined) return end;
  }
  return { message: round.reasons.join(', '), nominated: round.nominated };
}

function note({ verdict, nominated }: PostFilterOutcome, round: Round): AfterFilters | undefined {
  if (verdict === undefined) return { message: '', nominated };
  if (verdict.code === 'unresolvable' || verdict.code === 'error') return { message: messageOf(verdict), nominated };
  round.nominated = nominated ?? round.nominated;
  round.reasons.push(...verdict.reasons);
  return undefined;
}
