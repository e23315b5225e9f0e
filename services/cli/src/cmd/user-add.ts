import { optionTable, parseOptions, UsageError, UserError, type Command, type CommandContext } from '@kubernode/component-base';
import { accessOptions } from './access-options.ts';

/** The least that signers of certificates accept. */
const TTL_MS_MIN = 600_000;
const options = optionTable({
  ...accessOptions,
  group: { kind: 'list', default: [], placeholder: 'GROUP,…', help: 'groups of the user' },
  role: { kind: 'string', placeholder: 'CLUSTERROLE', help: 'give the user this role, such as view, edit or admin; in --namespace, else everywhere' },
  ttl: { kind: 'duration', default: 30 * 24 * 3_600_000, placeholder: 'DURATION', help: 'life of the certificate. It cannot be revoked before, so keep it short' },
  merge: { kind: 'string', placeholder: 'FILE', help: 'add the context to this kubeconfig instead of printing one' },
});

/** A certificate in the user's name, and a kubeconfig with it. */
export const userAddCommand: Command = {
  name: 'add', usage: 'NAME', summary: 'give somebody a kubeconfig with a certificate in his name', options,
  async run({ args, env, stdout, stderr, clock, rng, signal }: CommandContext) {
    const { options: given, positionals: [name, ...more] } = parseOptions(options, args);
    if (name === undefined || name === '' || more.length > 0) throw new UsageError('name one user');
    if (given.group.includes('system:masters')) throw new UsageError('system:masters may do everything, whatever roles say, and cannot be taken away; give --role cluster-admin');
    if ([name, ...given.group].some((one) => one.startsWith('system:'))) throw new UsageError('names that begin with system: are those of the cluster\'s own components');
    if (given.ttl < TTL_MS_MIN) throw new UsageError(`--ttl: ${given.ttl / 1000} s is less than signers accept: want at least ${TTL_MS_MIN / 60_000}m`);
    const [{ findCluster }, { withClient }, { issueUser }, records, kubeconfigs, { namedCertificates }] = await Promise.all([import('../cluster/user-access.ts'), import('../cluster/with-client.ts'), import('../users/issue-user.ts'), import('../users/user-records.ts'), import('../cluster/kubeconfig.ts'), import('@kubernode/component-base')]);
    const { connection: { server, ca } } = findCluster(given, env);
    if (ca === undefined) throw new UserError('the kubeconfig that is used names no authority by which the cluster is known');
    return withClient(given, { env, clock, rng }, async (client) => {
      const pair = await issueUser({ client, clock }, { name, groups: given.group, lifetimeMs: given.ttl }, signal);
      const namespace = given.n ?? given.namespace;
      const bindings = given.role === undefined ? [] : [{ role: given.role, ...(namespace !== undefined && { namespace }) }];
      for (const binding of bindings) await records.bindUser(client, name, binding);
      const [certificate] = namedCertificates(pair.certificate);
      const earlier = (await records.listUsers(client, signal)).find((one) => one.name === name)?.bindings ?? [];
      const all = [...new Map([...earlier, ...bindings].map((one) => [JSON.stringify(one), one])).values()];
      await records.noteUser(client, { name, groups: given.group, expires: new Date((certificate?.expiresSeconds ?? 0) * 1000).toISOString(), fingerprint: certificate?.fingerprint ?? '', bindings: all }, signal); // of a given time
      const made = kubeconfigs.buildKubeconfig({ name: `${name}@${new URL(server).host}`, user: name, server, ca: ca.toString(), client: pair });
      if (given.merge === undefined) stdout.write(kubeconfigs.kubeconfigText(made));
      else {
        kubeconfigs.writeKubeconfig(given.merge, kubeconfigs.mergeKubeconfig(kubeconfigs.readKubeconfig(given.merge), made));
        stdout.write(`✓ context "${made['current-context']}" in ${given.merge}\n`);
      }
      stderr.write(`The certificate holds for ${Math.round(given.ttl / 3_600_000)} h and cannot be revoked before; 'kubernode user remove ${name}' takes away the roles that were given here.\n`);
      return 0;
    });
  },
};
