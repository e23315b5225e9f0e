import type { AdmissionPlugin } from '../../admission/admission.ts';
import type { Authorizer } from '../../pipeline/api-request.ts';
import { confirmNoEscalation, type RbacResource } from './escalation.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';

const RESOURCES: readonly RbacResource[] = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];

/** Stops users from granting what they do not have. Part of the server, not to be switched off; runs behind all plugins that change objects. */
export function rbacEscalationPlugin(rbac: RbacAuthorizer, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    async admit({ operation, user, group, resource, subresource, namespace, name, object, oldObject }) {
      const known = group === 'rbac.authorization.k8s.io' && subresource === '' ? RESOURCES.find((one) => one === resource) : undefined;
      if (known === undefined || object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
      await confirmNoEscalation({ user, resource: known, namespace, requestName: oldObject === undefined ? '' : name, object, oldObject }, rbac, authorizer);
    },
  };
}
