import { admissionregistrationV1Resources, type admissionregistrationV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { checkTypes } from './check-types.ts';

type Policy = Readonly<admissionregistrationV1.ValidatingAdmissionPolicy>;

const policies = admissionregistrationV1Resources.validatingadmissionpolicies;
const FIELD_MANAGER = 'validatingadmissionpolicy-status';

/** Tells in the status of validating admission policies what their expressions get wrong about the kinds they are for. */
export const validatingPolicyStatusController: Controller = controller<Policy>({
  name: 'validatingadmissionpolicy-status',
  component: 'validatingadmissionpolicy-status-controller',
  watches: [watch({ resource: policies, keys: ownKey })],
  read: (key, listers) => listers.of(policies).get(key),
  reconcile,
});

/** Each generation is looked at once. */
export function reconcile(policy: Policy): Plan {
  const { generation = 0 } = policy.metadata;
  if (generation <= (policy.status?.observedGeneration ?? 0)) return nothingToDo;
  const expressionWarnings = checkTypes(policy);
  const { name } = policy.metadata;
  const status = { observedGeneration: generation, typeChecking: expressionWarnings.length === 0 ? {} : { expressionWarnings } };
  const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name }, status };
  return { actions: [{ do: 'patch', resource: policies, target: { name, subresource: 'status' }, patch: { type: 'apply', body, fieldManager: FIELD_MANAGER, force: true } }] };
}
