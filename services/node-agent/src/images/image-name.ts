/** Names of images as registries know them: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. Pure. */
export interface ImageName {
  /** Host and path, complete: `docker.io/library/busybox`. */
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
}

const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH_PART}(?:/${PATH_PART})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const DEFAULT_HOST = 'docker.io';
const REPOSITORY_MAX = 255;

/** Why a text names no image, in the words of the reference grammar. */
export class ImageNameError extends Error {
  override readonly name = 'ImageNameError';
  constructor(image: string, fault: string) { super(`couldn't parse image name ${JSON.stringify(image)}: ${fault}`); }
}

/** @throws ImageNameError */
export function parseImageName(image: string): ImageName {
  if (/^[a-f0-9]{64}$/.test(image)) throw new ImageNameError(image, `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`);
  const [host, path] = splitHost(image);
  const remote = path.split(/[:@]/)[0] ?? '';
  if (remote.toLowerCase() !== remote) throw new ImageNameError(image, `invalid reference format: repository name (${remote}) must be lowercase`);
  const [, name, tag, digest] = REFERENCE.exec(`${host}/${path}`) ?? [];
  if (name === undefined) throw new ImageNameError(image, 'invalid reference format');
  if (name.length > REPOSITORY_MAX) throw new ImageNameError(image, `repository name must not be more than ${REPOSITORY_MAX} characters`);
  return { repository: name, tag, digest };
}

/** What stands before the first slash is a host when it looks like one; else the image is Docker Hub's. */
function splitHost(image: string): [host: string, path: string] {
  const slash = image.indexOf('/');
  const first = slash === -1 ? '' : image.slice(0, slash);
  const isHost = slash !== -1 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const [host, path] = isHost ? [first === 'index.docker.io' ? DEFAULT_HOST : first, image.slice(slash + 1)] : [DEFAULT_HOST, image];
  return [host, host === DEFAULT_HOST && !path.includes('/') ? `library/${path}` : path];
}

/** The image that a runtime is asked for: with the tag `latest` where there is neither tag nor digest. @throws ImageNameError */
export function withDefaultTag(image: string): string {
  const { tag, digest } = parseImageName(image);
  return tag === undefined && digest === undefined ? `${image}:latest` : image;
}

/** How an image is pulled when its user does not say: one that may be another tomorrow, always. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  try {
    const { tag, digest } = parseImageName(image);
    return digest === undefined && (tag ?? 'latest') === 'latest' ? 'Always' : 'IfNotPresent';
  } catch { return 'IfNotPresent'; } // what is no name fails when it is pulled
}
