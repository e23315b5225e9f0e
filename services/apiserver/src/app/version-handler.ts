import { StatusError } from '@kubernode/apimachinery';
import { version } from '@kubernode/component-base';
import type { PathHandler } from '../endpoints/endpoint.ts';
import { methodNotAllowed, noSuchResource } from '../endpoints/router.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';

/** /version, by which clients choose what to expect: as Kubernetes answers, but that the commit and the language's version are our own. */
export function versionHandler(): PathHandler {
  const body = {
    major: version.major, minor: version.minor, emulationMajor: version.major, emulationMinor: version.minor, minCompatibilityMajor: version.major, minCompatibilityMinor: String(Number(version.minor) - 1),
    gitVersion: version.gitVersion, gitCommit: `kubernode-${version.kubernode}`, gitTreeState: 'clean', buildDate: '2026-01-01T00:00:00Z', goVersion: `node-${process.version}`, compiler: 'gc', platform: version.platform,
  };
  return {
    paths: ['/version'], prefixes: ['/version/'],
    handle: async ({ method, path, headers: { accept } }) => {
      if (!/^\/version\/?$/.test(path)) throw noSuchResource();
      if (method !== 'GET') throw methodNotAllowed();
      if (accept !== undefined && accept !== '' && !/(^|,)\s*(application\/json|\*\/\*)\s*(;|,|$)/.test(accept)) throw new StatusError({ code: 406, reason: 'NotAcceptable', message: '406: Not Acceptable\n\nAvailable representations: application/json', details: {} });
      return { ...jsonAnswer(200, body), body: Buffer.from(JSON.stringify(body, null, 2)) };
    },
  };
}
