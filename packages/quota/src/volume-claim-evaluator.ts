import type { coreV1 } from '@kubernode/api';
import { compareQuantities, parseQuantity, type KubeObject, type Quantity } from '@kubernode/apimachinery';
import { countName, one, type Evaluator, type Usage } from './evaluator.ts';
import { matchesRequirement } from './scope-requirement.ts';

type Claim = coreV1.PersistentVolumeClaim & KubeObject;
const COUNT = countName({ group: '', resource: 'persistentvolumeclaims' });
const NAMES: readonly string[] = ['persistentvolumeclaims', 'requests.storage'];
const BY_CLASS = '.storageclass.storage.k8s.io/';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Claims cost a claim and their size, in all and of their storage class. */
export const volumeClaimEvaluator: Evaluator = {
  handles: ({ operation, subresource }) => (subresource === '' && operation === 'CREATE') || ((subresource === '' || subresource === 'status') && operation === 'UPDATE'), // what is allocated and which classes are used stands in status
  counts: (name) => name === COUNT || NAMES.includes(name) || NAMES.some((own) => name.endsWith(`${BY_CLASS}${own}`)),
  matchesScope: (requirement, object) => requirement.scopeName === 'VolumeAttributesClass' && attributesClasses(object as Claim).some((one) => matchesRequirement(requirement, one)), // the evaluator of claims
  missing: () => undefined,
  usage: (object) => usage(object as Claim), // likewise
};

function usage(claim: Readonly<Claim>): Usage {
  const { metadata, spec } = claim;
  const className = metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '';
  const size = sizeOf(claim);
  const result: Usage = new Map([[COUNT, one], ['persistentvolumeclaims', one]]);
  if (size !== undefined) result.set('requests.storage', size);
  if (className === '') return result;
  result.set(`${className}${BY_CLASS}persistentvolumeclaims`, one);
  if (size !== undefined) result.set(`${className}${BY_CLASS}requests.storage`, size);
  return result;
}

/** In whole bytes; what is allocated counts when it is more than what is asked for. */
function sizeOf({ spec, status }: Readonly<Claim>): Quantity | undefined {
  const asked = spec?.resources?.requests?.['storage'];
  if (asked === undefined) return undefined;
  const allocated = status?.allocatedResources?.['storage'];
  const [wanted, has] = [parseQuantity(asked), allocated === undefined ? undefined : parseQuantity(allocated)];
  const { nanos, format } = has !== undefined && compareQuantities(has, wanted) > 0 ? has : wanted;
  return { nanos: (nanos + one.nanos - 1n) / one.nanos * one.nanos, format };
}

/** All that the claim has or is to have; undefined stands for none. */
function attributesClasses({ spec, status }: Readonly<Claim>): (string | undefined)[] {
  const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter((name) => name !== undefined && name !== '');
  return names.length === 0 ? [undefined] : names;
}
