import type { CommandContext } from '@kubernode/component-base';
import { runProgram } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import { findProgram } from '../host/programs.ts';

/** What a user wants to see after `up`: nodes, everything that runs, and what to type next. */
export async function showCluster({ context, layout }: { context: Pick<CommandContext, 'stdout' | 'env' | 'signal'>; layout: Layout }): Promise<void> {
  const kubectl = findProgram('kubectl', context.env['PATH']);
  for (const args of kubectl === undefined ? [] : [['get', 'nodes'], ['get', 'all', '-A']]) {
    const { stdout, stderr } = await runProgram(kubectl ?? '', [`--kubeconfig=${layout.adminKubeconfig}`, ...args], { signal: context.signal });
    context.stdout.write(`\n$ kubectl ${args.join(' ')}\n${stdout}${stderr}`);
  }
  const dir = layout.dir === '/var/lib/kubernode' ? '' : ` --dir ${layout.dir}`;
  context.stdout.write(`
Next:

  export KUBECONFIG=${layout.adminKubeconfig}
  kubectl apply -f examples/guestbook.yaml
  kubernode status${dir}
  kubernode down${dir}
`);
}
