// Deployments have to say who owns them, in a label; pods without a priority class get the team's.
//
//   npx esbuild owner-label.ts --outfile=owner-label.mjs
//   kubernode apiserver … --admission-extension=owner-label.mjs=owner-label.yaml
import type { AdmissionExtension, CreateAdmissionExtension, ExtensionAttributes } from '@kubernode/apiserver';

interface Configuration { ownerLabel: string; priorityClassOfTeam: Readonly<Record<string, string>> }

const create: CreateAdmissionExtension = ({ configuration, logger }): AdmissionExtension => {
  const { ownerLabel, priorityClassOfTeam } = readConfiguration(configuration);
  logger.info('owners are required', { ownerLabel });
  return {
    name: 'OwnerLabel',
    admit: ({ operation, group, resource, subresource, object }) => {
      if (operation !== 'CREATE' || group !== '' || resource !== 'pods' || subresource !== '' || object === undefined) return;
      const spec = object['spec'] as { priorityClassName?: string };
      const priorityClass = priorityClassOfTeam[object.metadata.labels?.[ownerLabel] ?? ''];
      if (priorityClass !== undefined) spec.priorityClassName ??= priorityClass;
    },
    validate: (attributes) => {
      if (!isWriteOfDeployment(attributes)) return;
      const owner = attributes.object?.metadata.labels?.[ownerLabel];
      if (owner === undefined) throw attributes.refuse(`metadata.labels[${ownerLabel}] has to say who owns it`);
      if (!(owner in priorityClassOfTeam)) attributes.warn(`nobody knows the team "${owner}"`);
    },
  };
};

export default create;

function isWriteOfDeployment({ operation, group, resource, subresource }: ExtensionAttributes): boolean {
  return (operation === 'CREATE' || operation === 'UPDATE') && group === 'apps' && resource === 'deployments' && subresource === '';
}

function readConfiguration(configuration: unknown): Configuration {
  const { ownerLabel, priorityClassOfTeam = {} } = (configuration ?? {}) as Partial<Configuration>;
  if (typeof ownerLabel !== 'string') throw new Error('ownerLabel is missing in the configuration');
  return { ownerLabel, priorityClassOfTeam };
}
