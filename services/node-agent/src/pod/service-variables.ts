import type { coreV1 } from '@kubernode/api';

/** The variables by which a container finds the services of its namespace, in Kubernetes' two dialects. */
export function serviceVariables(services: readonly Readonly<coreV1.Service>[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const { clusterIP = '', ports = [] } = service.spec ?? {};
    if (clusterIP === '' || clusterIP === 'None') continue;
    const prefix = variableName(service.metadata.name);
    variables.set(`${prefix}_SERVICE_HOST`, clusterIP);
    variables.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port ?? ''));
    for (const { name = '', port } of ports) if (name !== '') variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
    addLinkVariables(variables, { prefix, clusterIP, ports });
  }
  return variables;
}

function addLinkVariables(variables: Map<string, string>, { prefix, clusterIP, ports }: { prefix: string; clusterIP: string; ports: readonly coreV1.ServicePort[] }): void {
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  ports.forEach(({ port, protocol = 'TCP' }, i) => {
    const url = `${protocol.toLowerCase()}://${host}:${port}`;
    if (i === 0) variables.set(`${prefix}_PORT`, url);
    const link = `${prefix}_PORT_${port}_${protocol}`;
    variables.set(link, url);
    variables.set(`${link}_PROTO`, protocol.toLowerCase());
    variables.set(`${link}_PORT`, String(port));
    variables.set(`${link}_ADDR`, clusterIP);
  });
}

const variableName = (name: string): string => name.replaceAll('-', '_').toUpperCase();

/**
 * The services whose variables a pod gets: those of its namespace when it wants service links, and the API server's always.
 */
export function visibleServices(services: readonly Readonly<coreV1.Service>[], { namespace, serviceLinks }: { namespace: string; serviceLinks: boolean }): readonly Readonly<coreV1.Service>[] {
  const master = services.filter(({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes');
  return serviceLinks ? [...master, ...services.filter(({ metadata }) => metadata.namespace === namespace)] : master;
}
