import { coreV1Resources, discoveryV1Resources, type coreV1 } from '@kubernode/api';
import { controller, watch, type Controller, type Listers } from '@kubernode/controller';
import { allAddresses, takesTraffic, type Node, type Slice } from './node-addresses.ts';
import { isOurs, reconcileServiceLb, type LoadBalancerSnapshot } from './reconcile-service-lb.ts';

const { services, nodes } = coreV1Resources;
const { endpointslices } = discoveryV1Resources;

const SERVICE_OF_SLICE = 'kubernetes.io/service-name';
const BY_SERVICE = 'service-lb-by-service';

/** Services whose endpoints are the nodes' own programs. */
const CLUSTER_SERVICES = ['default/kubernetes', 'kube-system/kube-dns'];

/** Gives services of type LoadBalancer the addresses of nodes, where no cloud does. */
export const serviceLbController: Controller = controller<LoadBalancerSnapshot>({
  name: 'service',
  component: 'service-controller',
  workers: 1,
  watches: [
    watch({ resource: services, keys: ({ key, object, previous }, listers) => ([object, previous].some((one) => one?.spec?.type === 'LoadBalancer') ? [key, ...balancedKeys(listers)] : []) }),
    watch({ resource: nodes, keys: ({ object, previous }, listers) => (object && previous && standing(object) === standing(previous) ? [] : balancedKeys(listers)) }),
    watch({
      resource: endpointslices, indexes: { [BY_SERVICE]: (slice) => [serviceKey(slice)] },
      keys: ({ object, previous }, listers) => {
        const key = object ?? previous ? serviceKey((object ?? previous) as Slice) : ''; // one of the two is there
        if (CLUSTER_SERVICES.includes(key)) return object && previous && JSON.stringify(object.ports) === JSON.stringify(previous.ports) ? [] : balancedKeys(listers);
        return listers.of(services).get(key)?.spec?.type === 'LoadBalancer' ? [key] : [];
      },
    }),
  ],
  read(key, listers) {
    const service = listers.of(services).get(key);
    if (service === undefined) return undefined;
    const slicesOf = (name: string): readonly Slice[] => listers.of(endpointslices).byIndex(BY_SERVICE, name);
    return {
      service, balanced: listers.of(services).list().filter(isOurs), nodes: listers.of(nodes).list(), slices: slicesOf(key),
      clusterPorts: new Set(CLUSTER_SERVICES.flatMap(slicesOf).flatMap(({ ports }) => (ports ?? []).flatMap(({ port }) => port ?? []))),
    };
  },
  reconcile: reconcileServiceLb,
});

function balancedKeys(listers: Listers): string[] {
  return listers.of(services).list().filter(({ spec }: Readonly<coreV1.Service>) => spec?.type === 'LoadBalancer').map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

/** What addresses depend on of a node; its status changes far more often. */
const standing = (node: Node): string => JSON.stringify([takesTraffic(node), allAddresses(node)]);

function serviceKey({ metadata }: Slice): string { return `${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_OF_SLICE] ?? ''}`; }
