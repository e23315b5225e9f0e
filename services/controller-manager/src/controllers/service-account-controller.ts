import { isAlreadyExists } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller } from '@kubernode/controller';
import { isNamespaceTerminating } from './pods.ts';

interface Snapshot { namespace: Readonly<coreV1.Namespace>; exists: boolean }

const DEFAULT = 'default';

/** Gives each namespace its service account `default`. */
export const serviceAccountController: Controller = controller<Snapshot>({
  name: 'serviceaccount',
  component: 'service-account-controller',
  workers: 1,
  watches: [
    watch({ resource: coreV1Resources.namespaces, keys: ownKey }),
    watch({ resource: coreV1Resources.serviceaccounts, keys: ({ object, previous }) => (object === undefined && previous?.metadata.name === DEFAULT ? [previous.metadata.namespace ?? ''] : []) }),
  ],
  read(key, listers) {
    const namespace = listers.of(coreV1Resources.namespaces).get(key);
    return namespace === undefined ? undefined : { namespace, exists: listers.of(coreV1Resources.serviceaccounts).get(`${key}/${DEFAULT}`) !== undefined };
  },
  reconcile({ namespace, exists }) {
    if (exists || namespace.status?.phase !== 'Active') return nothingToDo;
    return { actions: [{
      do: 'create', resource: coreV1Resources.serviceaccounts, object: { metadata: { name: DEFAULT, namespace: namespace.metadata.name } },
      otherwise: (error) => ({ handled: isAlreadyExists(error) || isNamespaceTerminating(error) }), // made by another, or the namespace goes
    }] };
  },
});
