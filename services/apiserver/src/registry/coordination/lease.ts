import type { coordinationV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import type { Strategy } from '../strategy.ts';

type Lease = coordinationV1.Lease & KubeObject;

export const leaseStrategy: Strategy<Lease> = {
  prepareForCreate: ({ spec }) => { dropElection(spec, undefined); },
  prepareForUpdate: ({ spec }, old) => { dropElection(spec, old.spec); },
  validate,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

function validate({ spec }: Readonly<Lease>): FieldError[] {
  const { leaseDurationSeconds: seconds, leaseTransitions, strategy = '', preferredHolder = '' } = spec ?? {};
  return [
    ...(seconds !== undefined && seconds <= 0 ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
    ...nonNegative(leaseTransitions, 'spec.leaseTransitions'),
    ...(preferredHolder !== '' && strategy === '' ? [forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined')] : []),
  ];
}

/** Elections that the server coordinates are off by default, in Kubernetes as well. */
function dropElection(spec: coordinationV1.LeaseSpec | undefined, before: Readonly<coordinationV1.LeaseSpec> | undefined): void {
  if (before?.strategy === undefined) delete spec?.strategy;
  if (before?.preferredHolder === undefined) delete spec?.preferredHolder;
}
