let environment: NodeJS.ProcessEnv | undefined;

/** Of this process, with the folders of the administrator's programs, which not every service manager has in the path. Copied once: that is slow. */
export function environmentWithSbin(): NodeJS.ProcessEnv {
  environment ??= { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  return environment;
}
