import type { coreV1 } from '@kubernode/api';
import { duplicate, invalidValue, portNameFaults, portNumberFaults, required, type FieldError } from '@kubernode/apimachinery';
import { PORT_PROTOCOLS } from '../port-rules.ts';
import { requiredOneOf } from '../value-rules.ts';

export function containerPortFaults(ports: readonly coreV1.ContainerPort[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap(({ name = '', containerPort = 0, hostPort = 0, protocol }: Partial<coreV1.ContainerPort>, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = name === '' ? [] : portNameFaults(name).map((fault) => invalidValue(`${at}.name`, name, fault));
    if (errors.length === 0 && name !== '') {
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...numberFaults(containerPort, `${at}.containerPort`));
    if (hostPort !== 0) errors.push(...numberFaults(hostPort, `${at}.hostPort`));
    return [...errors, ...requiredOneOf(protocol, `${at}.protocol`, PORT_PROTOCOLS)];
  });
}

function numberFaults(port: number, path: string): FieldError[] {
  return portNumberFaults(port).map((fault) => invalidValue(path, port, fault));
}

/** A port of the container: its number, or its name. */
export function portRefFaults(port: number | string, path: string): FieldError[] {
  if (typeof port === 'number') return numberFaults(port, path);
  return portNameFaults(port).map((fault) => invalidValue(path, port, fault));
}

/** Two containers of a pod cannot listen at one port of their node. `path` is that of the list. */
export function hostPortConflicts(containers: readonly Readonly<coreV1.Container>[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, index) => ports.flatMap(({ hostPort = 0, protocol = '', hostIP = '' }, portIndex) => {
    const port = `${protocol}/${hostIP}/${hostPort}`;
    if (hostPort === 0) return [];
    if (taken.has(port)) return [duplicate(`${path}[${index}].ports[${portIndex}].hostPort`, port)];
    taken.add(port);
    return [];
  }));
}

/** In the node's network a container's port is the node's. Templates may leave that to their pods' defaults. */
export function hostNetworkPortFaults({ hostNetwork, containers }: Readonly<coreV1.PodSpec>, path: string, { isPod }: { isPod: boolean }): FieldError[] {
  if (hostNetwork !== true) return [];
  return (containers ?? []).flatMap(({ ports = [] }, index) => ports.flatMap(({ hostPort = 0, containerPort = 0 }: Partial<coreV1.ContainerPort>, portIndex) => {
    if (hostPort === containerPort || (hostPort === 0 && !isPod)) return [];
    return [invalidValue(`${path}.containers[${index}].ports[${portIndex}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
  }));
}
