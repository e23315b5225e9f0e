// A Website becomes a ConfigMap with its page and a Deployment that serves it. What is decided is pure: a snapshot gives actions.
import type { ObjectMeta } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { controller, controllerKeys, controllerReference, nothingToDo, ownKey, watch, type Action, type Controller, type Plan } from '@kubernode/controller';

export interface Website {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: { html: string; replicas?: number };
  status?: { readyReplicas: number };
}

interface Snapshot { website: Readonly<Website>; page: Readonly<coreV1.ConfigMap> | undefined; server: Readonly<appsV1.Deployment> | undefined }

export const websites: ResourceRef<Website> = { group: 'example.com', version: 'v1', resource: 'websites', kind: 'Website', namespaced: true };
const { configmaps } = coreV1Resources;
const { deployments } = appsV1Resources;
const IMAGE = 'localhost/kubernode-demo:1'; // any with httpd; this one `kubernode up` makes
const LABEL = 'example.com/website';
const OURS = { labelSelector: LABEL };

export const websiteController: Controller = controller<Snapshot>({
  name: 'website',
  component: 'website-operator',
  watches: [
    watch({ resource: websites, keys: ownKey }),
    watch({ resource: configmaps, selector: OURS, keys: controllerKeys(websites) }),
    watch({ resource: deployments, selector: OURS, keys: controllerKeys(websites) }),
  ],
  read(key, listers) {
    const website = listers.of(websites).get(key);
    return website && { website, page: listers.of(configmaps).get(key), server: listers.of(deployments).get(key) };
  },
  reconcile,
});

export function reconcile(snapshot: Snapshot): Plan {
  if (snapshot.website.metadata.deletionTimestamp !== undefined) return nothingToDo; // what is owned goes with it
  return { actions: [...pageActions(snapshot), ...serverActions(snapshot), ...statusActions(snapshot)] };
}

function pageActions({ website, page }: Snapshot): Action[] {
  const data = { 'index.html': website.spec.html };
  if (page === undefined) return [{ do: 'create', resource: configmaps, object: { metadata: metadataOf(website), data }, then: () => [told(website, 'Normal', 'Published', 'The page is there')] }];
  return page.data?.['index.html'] === website.spec.html ? [] : [{ do: 'update', resource: configmaps, object: { ...page, data }, then: () => [told(website, 'Normal', 'Changed', 'The page is another one')] }];
}

function serverActions({ website, server }: Snapshot): Action[] {
  const { name, namespace } = website.metadata;
  const replicas = website.spec.replicas ?? 1;
  if (server === undefined) return [{ do: 'create', resource: deployments, object: { metadata: metadataOf(website), spec: { replicas, ...serving(name) } }, otherwise: ({ message }) => ({ actions: [told(website, 'Warning', 'NotServed', message)] }) }];
  return server.spec?.replicas === replicas ? [] : [{ do: 'patch', resource: deployments, target: { name, namespace }, patch: { type: 'merge', body: { spec: { replicas } } } }];
}

function statusActions({ website, server }: Snapshot): Action[] {
  const readyReplicas = server?.status?.readyReplicas ?? 0;
  return website.status?.readyReplicas === readyReplicas ? [] : [{ do: 'update', resource: websites, object: { ...website, status: { readyReplicas } }, subresource: 'status' }];
}

function metadataOf(website: Readonly<Website>): ObjectMeta {
  const { name, namespace = '' } = website.metadata;
  return { name, namespace, labels: { [LABEL]: name }, ownerReferences: [controllerReference(website, websites)] };
}

function serving(name: string): object {
  const labels = { [LABEL]: name };
  const container = { name: 'server', image: IMAGE, command: ['httpd', '-f', '-p', '8080', '-h', '/www'], ports: [{ containerPort: 8080 }], volumeMounts: [{ name: 'page', mountPath: '/www' }] };
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container], volumes: [{ name: 'page', configMap: { name } }] } } };
}

function told(about: Readonly<Website>, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }
