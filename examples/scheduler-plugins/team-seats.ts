// Each team may have so many pods of a kind on a node; nodes with more free seats are better. A pod whose team has no seat left anywhere
// waits until one of the team's pods goes.
//
//   npx esbuild team-seats.ts --outfile=team-seats.mjs
//   kubernode scheduler … --config=team-seats.yaml --plugins=team-seats.mjs
import type { Plugin, PluginModule, PodQuery, Verdict } from '@kubernode/scheduler';

interface Args { teamLabel: string; seatsPerNode: number }

const FULL: Verdict = { code: 'unschedulable', reasons: ["node(s) had no free seat for the pod's team"] };

function teamSeats({ teamLabel, seatsPerNode }: Args): Plugin {
  return {
    name: 'TeamSeats',
    events: [{ resource: 'Pod', actions: ['Delete'] }, { resource: 'Node', actions: ['Add'] }],
    prepareFilter({ subject: { labels }, table }) {
      const team = labels?.[teamLabel];
      if (team === undefined) return undefined;
      const taken = table.matching(teamQuery(teamLabel, team));
      return { check: ({ row }) => ((taken[row] ?? 0) < seatsPerNode ? undefined : FULL) };
    },
    prepareScore({ subject: { labels }, table }) {
      const team = labels?.[teamLabel];
      if (team === undefined) return undefined;
      const taken = table.matching(teamQuery(teamLabel, team));
      return { score: ({ row }) => Math.round((100 * (seatsPerNode - (taken[row] ?? 0))) / seatsPerNode) };
    },
  };
}

/** The table keeps the answer up to date with each pod that comes or goes. */
function teamQuery(label: string, team: string): PodQuery {
  return { namespaces: undefined, selectors: [[{ key: label, operator: '=', values: [team] }]], withoutTerminating: true, key: `TeamSeats/${label}=${team}` };
}

const plugins: PluginModule = {
  TeamSeats: (_handle, args) => {
    const { teamLabel = 'team', seatsPerNode = 2 } = args as Partial<Args>;
    if (!(seatsPerNode > 0)) throw new Error('seatsPerNode has to be above 0');
    return teamSeats({ teamLabel, seatsPerNode });
  },
};

export default plugins;
