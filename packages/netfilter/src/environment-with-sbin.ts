/** Of this process, with the folders of the administrator's programs, which not every service manager has in the path. */
export function environmentWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
}
