/** The Kubernetes version whose API is served, as /version and kubelets report it, and the project's own. */
export const version: Readonly<Record<'major' | 'minor' | 'gitVersion' | 'platform' | 'kubernode', string>> = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.2',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  /** The project's own version, in logs, user agents and `kubernode version`. */
  kubernode: '0.1.0',
};
