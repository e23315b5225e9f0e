import type { Clock } from '@kubernode/base';
import { controller, ownKey, watch, type Controller, type Listers } from '@kubernode/controller';
import { podsByClaim } from '../pods-of-claims.ts';
import { claims, volumes } from '../save.ts';
import { reconcileNode, type AttachOptions } from './attach-plan.ts';
import { troubleWith } from './attach-trouble.ts';
import { attachments, attachmentsBy, drivers, nodes, pods, podsByNode, readNode, type NodeScene } from './node-scene.ts';

/** What is remembered of a node's volumes between looks; a new leader begins anew. */
interface Memory { unwantedSince: Map<string, number>; told: ReadonlyMap<string, string> }

/** Attaches volumes of CSI drivers to the nodes whose pods need them, and detaches those that none needs any more. */
export function attachDetachController({ clock, ...options }: AttachOptions & { clock: Clock }): Controller {
  const memories = new Map<string, Memory>();
  return controller<NodeScene>({
    name: 'attach_detach',
    component: 'attachdetach-controller',
    watches: [
      watch({ resource: nodes, keys: ownKey }),
      watch({ resource: pods, indexes: { ...podsByNode, ...podsByClaim }, keys: ({ object, previous }) => [object, previous].flatMap((pod) => pod?.spec?.nodeName ?? []) }),
      watch({ resource: claims, keys: ({ key }, listers) => nodesUsing(key, listers) }),
      watch({ resource: volumes, keys: ({ object, previous }, listers) => [object, previous].flatMap((one) => nodesUsing(`${one?.spec?.claimRef?.namespace ?? ''}/${one?.spec?.claimRef?.name ?? ''}`, listers)) }),
      watch({
        resource: attachments, indexes: attachmentsBy,
        keys: ({ object, previous }, listers) => [object, previous].flatMap((one) => (one === undefined ? [] : [one.spec.nodeName, ...waitingFor(one.spec.source.persistentVolumeName ?? '', listers)])),
      }),
      watch({ resource: drivers, keys: (_change, listers) => listers.of(nodes).list().map(({ metadata }) => metadata.name) }),
    ],
    read(key, listers) {
      const memory = memories.get(key) ?? { unwantedSince: new Map<string, number>(), told: new Map<string, string>() };
      const scene = readNode(key, listers, { told: memory.told, unwantedMs: (name) => clock.monotonicNow() - (memory.unwantedSince.get(name) ?? clock.monotonicNow()) });
      if (scene === undefined) memories.delete(key);
      else memories.set(key, remember(memory, scene, clock));
      return scene;
    },
    reconcile: (scene, nowMs) => reconcileNode(scene, nowMs, options),
  });
}

/** What this look adds to the memory. */
function remember({ unwantedSince }: Memory, scene: NodeScene, clock: Clock): Memory {
  const unwanted = [...scene.held].filter(([, { unwantedMs }]) => unwantedMs !== undefined).map(([name]) => name);
  const troubles = [...scene.wanted].map(([name, wanted]) => [name, troubleWith(name, wanted, scene, clock.now())?.sign ?? ''] as const);
  return { unwantedSince: new Map(unwanted.map((name) => [name, unwantedSince.get(name) ?? clock.monotonicNow()])), told: new Map(troubles.filter(([, sign]) => sign !== '')) };
}

function nodesUsing(claimKey: string, listers: Listers): string[] {
  return listers.of(pods).byIndex('claimKey', claimKey).flatMap(({ spec }) => spec?.nodeName ?? []);
}

/** Nodes whose pods use a volume, which may have come free for them. */
function waitingFor(volumeName: string, listers: Listers): string[] {
  const ref = listers.of(volumes).get(volumeName)?.spec?.claimRef;
  return ref === undefined ? [] : nodesUsing(`${ref.namespace ?? ''}/${ref.name ?? ''}`, listers);
}
