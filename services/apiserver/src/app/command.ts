import { createLogger, type Command } from '@kubernode/component-base';
import { runApiServer } from './api-server.ts';
import { shutDownMsMax } from '../lifecycle/shut-down.ts';
import { apiServerOptions, parseApiServerOptions } from './options.ts';

/** `kubernode apiserver`: the API server, as many replicas as you like on one etcd. */
export const apiServerCommand: Command = {
  name: 'apiserver',
  summary: 'Serve the Kubernetes API on etcd',
  options: apiServerOptions,
  cleanStopMsMax: (args) => shutDownMsMax(parseApiServerOptions(args)),
  async run({ args, clock, rng, signal, stdout }) {
    const config = parseApiServerOptions(args);
    await runApiServer(config, { clock, rng, signal, stdout: { write: (lines) => { stdout.write(lines); } }, logger: createLogger({ component: 'apiserver', ...config.logging }) });
    return 0;
  },
};
