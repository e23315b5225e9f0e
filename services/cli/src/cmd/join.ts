import { hostname } from 'node:os';
import { optionTable, parseOptions, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { createProgress } from './progress.ts';

const options = optionTable({
  server: { kind: 'string', placeholder: 'URL', help: "the cluster's API: https://HOST:PORT" },
  token: { kind: 'string', placeholder: 'ID.SECRET', help: "a bootstrap token ('kubernode token create' on a control plane); - reads it from standard input" },
  'ca-cert-hash': { kind: 'list', placeholder: 'sha256:HEX,…', help: "digests of public keys of the cluster's authority; one must fit" },
  name: { kind: 'string', placeholder: 'NAME', help: "name of the node (default the machine's)" },
  'node-ip': { kind: 'string', placeholder: 'ADDRESS', help: "address of the node (default the machine's first)" },
});
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TOKEN_BYTES_MAX = 1024;

/** Makes this machine a node of a cluster. */
export const joinCommand: Command = {
  name: 'join', usage: '--server URL --token ID.SECRET --ca-cert-hash sha256:HEX', summary: 'make this machine a node of a cluster', options,
  async run(context: CommandContext) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals.length > 0) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const [, tokenId, tokenSecret] = TOKEN.exec(given.token === '-' ? await readToken(context.stdin) : given.token ?? '') ?? [];
    const hashes = given['ca-cert-hash'] ?? [];
    if (given.server === undefined || !/^https:\/\/[^/]+\/?$/.test(given.server)) throw new UsageError('want --server https://HOST:PORT');
    if (tokenId === undefined || tokenSecret === undefined) throw new UsageError('want --token with six letters, a dot, and sixteen letters');
    if (hashes.length === 0 || !hashes.every((hash) => /^sha256:[0-9a-f]{64}$/.test(hash))) throw new UsageError("want --ca-cert-hash sha256:… as 'kubernode token create' prints it");
    const { joinNode } = await import('../deploy/join-node.ts');
    await joinNode({
      server: given.server.replace(/\/$/, ''), tokenId, tokenSecret, caHashes: hashes, name: (given.name ?? hostname()).toLowerCase(), address: given['node-ip'], executable: context.executable,
      clock: context.clock, rng: context.rng, signal: context.signal, progress: createProgress({ out: context.stdout, clock: context.clock }),
    });
    context.stdout.write("This machine is a node now. 'kubectl get csr' shows its serving certificate; approve that for logs and exec.\n");
    return 0;
  },
};

async function readToken(stdin: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stdin) { text += String(part); if (text.length > TOKEN_BYTES_MAX) break; }
  return text.trim();
}
