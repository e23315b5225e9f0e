const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*)(?::(${TAG}))?(@${DIGEST})?$`);
const REPOSITORY_LENGTH_MAX = 255;

/** Whether the image may be another one tomorrow: it has the tag `latest`, or neither tag nor digest. False for what is no image name. */
export function hasFloatingTag(image: string): boolean {
  const match = REFERENCE.exec(image);
  if (match === null || /^[a-f0-9]{64}$/.test(image)) return false;
  const [, name = '', tag, digest] = match;
  if (repositoryOf(name).length > REPOSITORY_LENGTH_MAX) return false;
  return tag === 'latest' || (tag === undefined && digest === undefined);
}

/** The name without its registry; names of one word are of the library. */
function repositoryOf(name: string): string {
  const slash = name.indexOf('/');
  if (slash < 0) return `library/${name}`;
  const first = name.slice(0, slash);
  return /[.:A-Z]/.test(first) || first === 'localhost' ? name.slice(slash + 1) : name;
}

/** How an image is pulled when its user does not say. */
export function defaultPullPolicy(image: string | undefined): string {
  return hasFloatingTag(image ?? '') ? 'Always' : 'IfNotPresent';
}
