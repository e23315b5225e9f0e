import { existsSync } from 'node:fs';
import { type Command, type CommandContext, optionTable, parseOptions, runProgram, UsageError, UserError } from '@kubernode/component-base';
import { loadClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf } from '../cluster/layout.ts';
import { findProgram } from '../host/programs.ts';
import { importImage } from '../images/import-image.ts';
import { dirOption } from './cluster-options.ts';

const options = optionTable({ ...dirOption });

/** `image load FILE.tar` gives an image to the cluster's nodes on this host; `image list` names those they have. */
export const imageCommand: Command = {
  name: 'image', usage: 'load FILE.tar… | list', summary: "load images into this host's nodes, or list them", options,
  async run(context: CommandContext) {
    const { options: { dir }, positionals: [verb, ...files] } = parseOptions(options, context.args);
    const layout = layoutOf(dir);
    const config = loadClusterConfig(layout.configFile);
    const socket = layout.containerd(0).socket;
    if (verb !== 'load' && verb !== 'list') throw new UsageError("want 'load FILE.tar' or 'list'");
    if (verb === 'load' && files.length === 0) throw new UsageError('name the archives to load');
    if (!config || config.nodes === 0 || !existsSync(socket)) throw new UserError(`no node of a cluster in ${dir} runs on this host`);
    if (verb === 'list') return listImages(context, socket);
    for (const file of files) {
      if (!existsSync(file)) throw new UserError(`there is no file ${file}`);
      for (let node = 0; node < config.nodes; node++) context.stdout.write(`${await importImage({ archive: file, socket: layout.containerd(node).socket, env: context.env })}\n`);
    }
    return 0;
  },
};

async function listImages(context: CommandContext, socket: string): Promise<number> {
  const ctr = findProgram('ctr', context.env['PATH']);
  if (ctr === undefined) throw new UserError('ctr is not installed; apt-get install containerd');
  const { stdout } = await runProgram(ctr, ['--address', socket, '--namespace', 'k8s.io', 'images', 'list', '--quiet']);
  context.stdout.write(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('sha256:')).map((line) => `${line}\n`).join(''));
  return 0;
}
