import { coreV1Resources } from '@kubernode/api';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { computeRoutes, type RouteInput } from './compute-routes.ts';
import type { LinkTool } from './host-links.ts';
import { planLinks } from './plan-links.ts';
import { routeTables } from './route-tables.ts';

export interface PodRoutesOptions extends Pick<RouteInput, 'nodeName' | 'clusterCidrs' | 'mode' | 'overlay'> {
  /** May read all nodes, which a node's own connection may not. */
  informers: InformerFactory;
  links: LinkTool;
  clock: Clock;
  logger: Logger;
}

/** Changes that come within this time are made in one round, ms. */
const BATCH_MS = 20;
/** How soon a route that went with its link is noticed, ms: the kernel's tables are only read where their text has changed. */
const LOOK_EVERY_MS = 2000;
/** Everything is looked at this often whatever the tables' text says, in looks. */
const LOOKS_MAX = 30;

/** Keeps the routes to other nodes' pods, until aborted. They stay when it ends, so that traffic goes on over a restart. */
export async function runPodRoutes(options: PodRoutesOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, logger } = options;
  const change = new WakeUp();
  const nodes = informers.informer(coreV1Resources.nodes);
  let relevant = '';
  using _nodes = nodes.onChange(() => change.ring());
  await nodes.synced(signal);
  let seen: string | undefined;
  for (let looks = 0; ; looks++) {
    const ends = JSON.stringify(nodes.lister.list().map(({ metadata, spec, status }) => [metadata.name, spec?.podCIDRs, status?.addresses]));
    if (ends !== relevant || looks >= LOOKS_MAX || seen === undefined || await routeTables() !== seen) {
      looks = 0;
      relevant = ends;
      try {
        await bringUpToDate(options, nodes.lister.list());
        seen = await routeTables();
      } catch (error) {
        if (isAbortError(error)) throw error;
        logger.warn('routes to other nodes could not be brought up to date', { error: errorMessage(error) });
        seen = undefined; // tried again with the next look
      }
    }
    await change.heardWithin({ clock, ms: LOOK_EVERY_MS }, signal);
    await clock.sleep(BATCH_MS, { signal });
  }
}

async function bringUpToDate({ links, nodeName, clusterCidrs, mode, overlay, logger }: PodRoutesOptions, nodes: RouteInput['nodes']): Promise<void> {
  const present = await links.read(overlay.device);
  const commands = planLinks(present, computeRoutes({ nodes, nodeName, links: present.links, clusterCidrs, mode, overlay }), overlay.device);
  if (commands.ip.length + commands.bridge.length === 0) return;
  await links.run(commands);
  logger.info('routes to other nodes changed', { commands: commands.ip.length + commands.bridge.length });
}
