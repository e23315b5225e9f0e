import type { coreV1 } from '@kubernode/api';
import { readyAddresses, type ServiceReference } from '../webhook-client/service-resolver.ts';

/** What is told of an APIService's server. */
export interface Availability { status: 'True' | 'False'; reason: string; message: string }

type Slice = Parameters<typeof readyAddresses>[0];

/** What keeps a service from being asked at all; undefined when nothing does. Pure. */
export function serviceFault({ namespace, name, port }: ServiceReference, service: Readonly<coreV1.Service> | undefined, slices: readonly Slice[]): Availability | undefined {
  const which = `service/${name} in ${JSON.stringify(namespace)}`;
  const fault = (reason: string, message: string): Availability => ({ status: 'False', reason, message });
  if (service === undefined) return fault('ServiceNotFound', `${which} is not present`);
  const { type = 'ClusterIP', ports = [] } = service.spec ?? {};
  if (type !== 'ClusterIP') return undefined;
  const found = ports.find((one) => one.port === port);
  if (found === undefined) return fault('ServicePortError', `${which} is not listening on port ${port}`);
  if (slices.length === 0) return fault('EndpointsNotFound', `cannot find endpointslices for ${which}`);
  const { name: portName = '' } = found;
  if (slices.every((slice) => readyAddresses(slice, portName).length === 0)) {
    return fault('MissingEndpoints', `endpointslices for ${which} have no addresses with port name ${JSON.stringify(portName)}`);
  }
  return undefined;
}
