import { isNotFound, type StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller } from '@kubernode/controller';
import { isNamespaceTerminating } from './pods.ts';
import type { RootCa } from './root-ca.ts';
import type { RootCaMetrics } from './root-ca-metrics.ts';

interface Snapshot { namespace: Readonly<coreV1.Namespace>; configMap: Readonly<coreV1.ConfigMap> | undefined }

const NAME = 'kube-root-ca.crt';
const KEY = 'ca.crt';
const NOTE = { 'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.' };

/** Puts the certificate by which pods know the API server into each namespace. */
export function rootCaPublisher(rootCa: RootCa, metrics?: RootCaMetrics): Controller {
  return controller<Snapshot>({
    name: 'root_ca_cert_publisher',
    component: 'root-ca-cert-publisher',
    workers: 1,
    watches: [
      watch({ resource: coreV1Resources.namespaces, keys: ownKey }),
      watch({ resource: coreV1Resources.configmaps, selector: { fieldSelector: `metadata.name=${NAME}` }, keys: ({ object, previous }) => [object?.metadata.namespace ?? previous?.metadata.namespace ?? ''] }),
    ],
    follow: (changed) => rootCa.onChange(changed),
    read(key, listers) {
      const namespace = listers.of(coreV1Resources.namespaces).get(key);
      return namespace === undefined ? undefined : { namespace, configMap: listers.of(coreV1Resources.configmaps).get(`${key}/${NAME}`) };
    },
    reconcile({ namespace, configMap }) {
      if (namespace.status?.phase === 'Terminating' || namespace.metadata.deletionTimestamp !== undefined) return nothingToDo;
      const data = { [KEY]: rootCa.pem };
      const otherwise = (error: StatusError): { handled: boolean } => ({ handled: isNotFound(error) || isNamespaceTerminating(error) }); // the namespace goes
      if (configMap === undefined) return { actions: [{ do: 'create', resource: coreV1Resources.configmaps, object: { metadata: { name: NAME, namespace: namespace.metadata.name, annotations: NOTE }, data }, otherwise }] };
      const present = configMap.data ?? {};
      if (Object.keys(present).length === 1 && present[KEY] === rootCa.pem && configMap.metadata.annotations?.['kubernetes.io/description']) return nothingToDo;
      return { actions: [{ do: 'update', resource: coreV1Resources.configmaps, object: { ...configMap, metadata: { ...configMap.metadata, annotations: { ...configMap.metadata.annotations, ...NOTE } }, data } }] };
    },
    onLook: ({ seconds, error }) => { metrics?.onSync(seconds, error); },
  });
}
