/** One mount of this process's namespace. */
export interface MountPoint {
  point: string;
  /** What of its file system is mounted: `/` or, for a bind mount, a path in it. */
  root: string;
  /** `MAJOR:MINOR` of its file system. */
  device: string;
  type: string;
  source: string;
  readOnly: boolean;
}

/** Reads /proc/self/mountinfo: `ID PARENT MAJ:MIN ROOT POINT OPTIONS [FIELDS…] - TYPE SOURCE SUPER-OPTIONS`. */
export function parseMountInfo(text: string): MountPoint[] {
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [, , device = '', root = '', point = '', options = ''] = fields;
    return { device, root: unescape(root), point: unescape(point), readOnly: options.split(',').includes('ro'), type: fields[separator + 1] ?? '', source: unescape(fields[separator + 2] ?? '') };
  });
}

/** Spaces and the like are octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Mount points at or below the directory, deepest first, so that they can be unmounted in this order. */
export function pointsBelow(mounts: readonly MountPoint[], dir: string): string[] {
  return mounts.map(({ point }) => point).filter((point) => point === dir || point.startsWith(`${dir}/`)).reverse().sort((a, b) => b.split('/').length - a.split('/').length);
}

/** What is mounted at the very directory, on top of all else there. */
export function mountedAt(mounts: readonly MountPoint[], dir: string): MountPoint | undefined {
  return mounts.findLast(({ point }) => point === dir);
}
