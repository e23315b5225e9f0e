import { readFileSync } from 'node:fs';
import { buildImageArchive, type ImageConfig } from '../../cli/src/images/build-image.ts';

const DIRECTORIES = ['bin/', 'dev/', 'etc/', 'proc/', 'root/', 'run/', 'sys/', 'tmp/', 'var/'];
const APPLETS = [
  'sh', 'cat', 'chmod', 'cp', 'cut', 'date', 'dd', 'df', 'echo', 'env', 'false', 'find', 'grep', 'head', 'hostname', 'httpd', 'id', 'ip', 'kill', 'ln', 'ls', 'mkdir', 'mv', 'nc',
  'nslookup', 'ping', 'printenv', 'printf', 'ps', 'pwd', 'readlink', 'rm', 'sed', 'seq', 'sleep', 'sort', 'stat', 'tail', 'tee', 'test', 'timeout', 'touch', 'tr', 'true', 'wc', 'wget', 'yes',
];

/** A small image around the host's static busybox: a shell and the usual tools. */
export function busyboxImage({ name, config, applets = APPLETS }: { name: string; config: ImageConfig; applets?: readonly string[] }): Buffer {
  const entries = [
    ...DIRECTORIES.map((path) => ({ path, mode: path === 'tmp/' ? 0o1777 : 0o755 })),
    { path: 'bin/busybox', body: readFileSync('/usr/bin/busybox'), mode: 0o755 },
    ...applets.map((applet) => ({ path: `bin/${applet}`, linkTarget: 'busybox', mode: 0o777 })),
    { path: 'etc/passwd', body: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'), mode: 0o644 },
    { path: 'etc/group', body: Buffer.from('root:x:0:\nnogroup:x:65534:\n'), mode: 0o644 },
  ];
  return buildImageArchive({ name, config: { Env: ['PATH=/bin'], ...config }, entries });
}

/** The sandbox's own process: waits until it is told to end. */
export function pauseImage(name: string): Buffer {
  return busyboxImage({ name, config: { Entrypoint: ['/bin/sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 1000000 & wait $!; done'] }, applets: ['sh', 'sleep'] });
}
