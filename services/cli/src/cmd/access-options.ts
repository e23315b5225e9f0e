import { optionTable, type OptionSpec } from '@kubernode/component-base';

type AccessTable = { readonly [F in 'kubeconfig' | 'context' | 'kube-context' | 'namespace' | 'n']: OptionSpec<'string'> & { kind: 'string' } };

/** The flags by which a user's command finds a cluster and a namespace in it, as kubectl and helm have them; `openUserAccess` takes their values. */
export const accessOptions: AccessTable = optionTable({
  kubeconfig: { kind: 'string', placeholder: 'FILE', help: 'kubeconfig of the cluster; else $KUBECONFIG, ~/.kube/config, or the pod this runs in' },
  context: { kind: 'string', placeholder: 'NAME', help: 'context of the kubeconfig; its current one without' },
  'kube-context': { kind: 'string', placeholder: 'NAME', help: 'as --context, for scripts that call helm' },
  namespace: { kind: 'string', placeholder: 'NAME', help: "namespace; the context's without" },
  n: { kind: 'string', placeholder: 'NAME', help: 'short for --namespace' },
});

export type AccessOptions = { readonly [F in keyof AccessTable]: string | undefined };
