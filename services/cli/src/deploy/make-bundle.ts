import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runProgram, UserError } from '@kubernode/component-base';
import { findCniBinDir, findProgram } from '../host/programs.ts';
import { bundleManifestName, type BundleManifest, type BundlePart } from './bundle-manifest.ts';
import { installDir } from './host-manifest.ts';
import { completeMark } from './observed-host.ts';

/** Programs of this machine that go with a bundle, by part: for machines that have none. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = { etcd: ['etcd', 'etcdctl'], containerd: ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'], haproxy: ['haproxy'] };
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'];
const TAR_LIMIT_MS = 300_000;

export interface BundleInput {
  /** The folder of the built program: `dist`. */
  dist: string;
  version: string;
  /** Whether programs of this machine go with it: all, or only the runtime of our own. */
  programs: boolean;
  output: string;
  searchPath: string | undefined;
  /** Told of each part. */
  report: (what: string) => void;
}

/** Makes one archive from the built program, the runtime that runs this, and programs of this machine. Its parts are archives of their own, so that hosts get what they lack. */
export async function makeBundle(input: BundleInput): Promise<BundleManifest> {
  const work = mkdtempSync(path.join(tmpdir(), 'kubernode-bundle-'));
  try {
    const parts = [await programPart(work, { name: 'node', files: new Map([['node', process.execPath]]) })];
    if (input.programs) for (const [name, files] of hostPrograms(input.searchPath)) parts.push(await programPart(work, { name, files }));
    parts.unshift(await ownPart(work, input, parts));
    const manifest: BundleManifest = { formatVersion: 1, version: input.version, arch: process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch, parts };
    writeFileSync(path.join(work, bundleManifestName), `${JSON.stringify(manifest, null, 1)}\n`);
    writeFileSync(path.join(work, INSTALL_SCRIPT), installScript(manifest));
    for (const part of parts) input.report(`${part.name} (${(statSync(path.join(work, part.archive)).size / 1e6).toFixed(1)} MB)`);
    await tar(['-cf', `${path.resolve(input.output)}.new`, '-C', work, bundleManifestName, INSTALL_SCRIPT, ...parts.map((part) => part.archive)]);
    renameSync(`${input.output}.new`, input.output);
    return manifest;
  } finally { rmSync(work, { recursive: true, force: true }); }
}

const INSTALL_SCRIPT = 'install.sh';

/** Unpacks the bundle on one machine by hand, as `deploy` does on many. */
function installScript({ version, parts }: BundleManifest): string {
  const unpack = parts.map(({ dir, archive, sha256 }) => {
    const target = `${installDir}/${dir}`;
    return `[ -f ${target}/${completeMark} ] || { rm -rf ${target}.part; mkdir -p ${target}.part; tar -xOf "$1" ${archive} | sha256sum | grep -q '^${sha256} ' || { echo "${archive} is damaged" >&2; exit 1; }
  tar -xOf "$1" ${archive} | tar -xz -C ${target}.part --no-same-owner; rm -rf ${target}; touch ${target}.part/${completeMark}; mv ${target}.part ${target}; }`;
  });
  return `#!/bin/sh
# usage: tar -xOf BUNDLE install.sh | sh -s BUNDLE
set -eu; umask 022
${unpack.join('\n')}
ln -sfn ${version} ${installDir}/current
echo "kubernode ${version} is in ${installDir}/current"
`;
}

async function ownPart(work: string, { dist, version }: BundleInput, programs: readonly BundlePart[]): Promise<BundlePart> {
  const root = path.dirname(dist);
  for (const file of ['dist/main.mjs', 'bin/kubernode', 'charts/kubernode/Chart.yaml']) if (!existsSync(path.join(root, file))) throw new UserError(`${path.join(root, file)} is not there; build kubernode first ('make build')`);
  const extra = path.join(work, 'own');
  mkdirSync(path.join(extra, 'bin'), { recursive: true });
  symlinkSync(`../../${programs.find((part) => part.name === 'node')?.dir ?? ''}/node`, path.join(extra, 'bin/node'));
  writeFileSync(path.join(extra, 'programs.list'), programs.map((part) => `${part.dir}\n`).join(''));
  const archive = `kubernode-${version}.tar.gz`;
  await tar([...REPRODUCIBLE, '-czf', path.join(work, archive), '-C', root, '--exclude=*.map', 'dist', 'bin/kubernode', 'charts', '-C', extra, 'bin/node', 'programs.list']);
  return { name: 'kubernode', dir: version, archive, sha256: await digestOf(path.join(work, archive)) };
}

/** A folder of programs, named by what is in them: whoever has it already needs no copy. */
async function programPart(work: string, { name, files }: { name: string; files: ReadonlyMap<string, string> }): Promise<BundlePart> {
  const hash = createHash('sha256');
  for (const [file, source] of files) hash.update(`${file} ${await digestOf(source)}\n`);
  const dir = `${name}-${hash.digest('hex').slice(0, 12)}`;
  const staging = path.join(work, dir);
  mkdirSync(staging);
  for (const [file, source] of files) symlinkSync(realpathSync(source), path.join(staging, file));
  const archive = `${dir}.tar.gz`;
  await tar([...REPRODUCIBLE, '-czhf', path.join(work, archive), '-C', staging, ...files.keys()]);
  return { name, dir: `programs/${dir}`, archive, sha256: await digestOf(path.join(work, archive)) };
}

function hostPrograms(searchPath: string | undefined): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const missing: string[] = [];
  const found = new Map(Object.entries(PROGRAMS).map(([part, names]) => [part, new Map(names.map((name) => {
    const file = findProgram(name, searchPath);
    if (file === undefined) missing.push(name);
    return [name, file ?? ''];
  }))]));
  const cni = findCniBinDir();
  if (cni === undefined) missing.push('CNI plugins');
  if (missing.length > 0) throw new UserError(`not on this machine: ${missing.join(', ')}; install them ('hack/install-host-deps' knows how), or leave programs out with --no-programs where the hosts have their own`);
  return found.set('cni', new Map(CNI_PLUGINS.map((plugin) => [plugin, path.join(cni ?? '', plugin)])));
}

const REPRODUCIBLE = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

async function tar(args: readonly string[]): Promise<void> {
  const { status, stderr } = await runProgram('tar', args, { timeoutMs: TAR_LIMIT_MS, env: { ...process.env, GZIP: '-1n' } });
  if (status !== 0) throw new UserError(`cannot make the bundle: ${stderr.trim()}`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The folder of the built program that runs now; UserError where it runs from its sources. */
export function builtDist(executable: string): string {
  const file = realpathSync(executable);
  if (!file.endsWith('.mjs')) throw new UserError("this kubernode runs from its sources; build it ('make build') and use bin/kubernode");
  return path.dirname(file);
}

/** Reads what a bundle says of itself. */
export async function readBundleManifest(file: string): Promise<string> {
  if (!existsSync(file)) throw new UserError(`there is no bundle ${file}; 'kubernode bundle' makes one`);
  const { status, stdout, stderr } = await runProgram('tar', ['-xOf', file, '--occurrence=1', bundleManifestName]);
  if (status !== 0) throw new UserError(`${file} is no bundle: ${stderr.trim().split('\n')[0] ?? ''}`);
  return stdout;
}

