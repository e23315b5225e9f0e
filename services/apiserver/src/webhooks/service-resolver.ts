import type { coreV1 } from '@kubernode/api';
import type { Rng } from '@kubernode/base';
import { notFound, type KubeObject } from '@kubernode/apimachinery';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import type { ResolveService } from './webhook-caller.ts';

/** Finds a ready endpoint of a service: reachable with or without a service proxy on this host. */
export function serviceResolver({ sources, rng }: { sources: ObjectSources; rng: Rng }): ResolveService {
  const services = sources<coreV1.Service & KubeObject>({ group: '', resource: 'services' });
  const endpoints = sources<coreV1.Endpoints & KubeObject>({ group: '', resource: 'endpoints' });
  return (namespace, name, port) => {
    const service = services.get(namespace, name);
    if (service === undefined) return Promise.reject(notFound({ group: '', resource: 'services' }, name));
    if (service.spec?.type === 'ExternalName') return Promise.resolve({ host: service.spec.externalName ?? '', port });
    const wanted = service.spec?.ports?.find((one) => one.port === port);
    if (wanted === undefined) return Promise.reject(new Error(`no service port ${port} found for service ${JSON.stringify(name)}`));
    const found = (endpoints.get(namespace, name)?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
      const target = ports.find((one) => (one.name ?? '') === (wanted.name ?? ''));
      return target === undefined ? [] : addresses.map(({ ip }) => ({ host: ip, port: target.port }));
    });
    const chosen = found[Math.floor(rng.next() * found.length)];
    return chosen === undefined ? Promise.reject(new Error(`no endpoints available for service ${JSON.stringify(name)}`)) : Promise.resolve(chosen);
  };
}
