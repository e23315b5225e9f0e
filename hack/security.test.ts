import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Packages of others that run with kubernode. One more is a decision: who keeps it, what it may do, why the project does not do it itself. */
const RUNTIME_PACKAGES = [
  '@grpc/grpc-js', '@grpc/proto-loader', '@noble/ciphers', '@peculiar/x509', 'ajv', 'bcryptjs', 'express', 'jose', 'pino', 'prom-client', 're2js', 'reflect-metadata', 'smol-toml', 'ws', 'yaml',
];
/** Those that run a script when they are installed; `npm ci --ignore-scripts` installs them without. */
const WITH_SCRIPTS = ['protobufjs'];

test('docs/SECURITY.md names tests that there are', () => {
  const references = [...read('docs/SECURITY.md').matchAll(/`([\w./-]+\.test\.ts)`(?: “([^”]+)”)?/g)].map(([, file = '', words = '']) => ({ file, words }));
  expect(references.length).toBeGreaterThan(40);
  expect(references.filter(({ file, words }) => !existsSync(path.join(root, file)) || !read(file).replaceAll("\\'", "'").includes(words))).toEqual([]);
});

test('each threat of docs/SECURITY.md has a test', () => {
  const [, table = ''] = read('docs/SECURITY.md').split('## Threats');
  const rows = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| ')).slice(1);
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter((row) => !row.includes('.test.ts`'))).toEqual([]);
});

test('what runs beside Node is chosen by name', () => {
  const workspaces = ['packages', 'services'].flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}/package.json`)).filter((file) => existsSync(path.join(root, file)));
  const named = new Set(workspaces.flatMap((file) => Object.keys((JSON.parse(read(file)) as { dependencies?: Record<string, string> }).dependencies ?? {})).filter((name) => !name.startsWith('@kubernode/')));
  expect([...named].toSorted()).toEqual(RUNTIME_PACKAGES.toSorted());
});

test('the lock file pins every package that runs to a digest, and knows those with scripts', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean; devOptional?: boolean; link?: boolean; integrity?: string; hasInstallScript?: boolean }> };
  const running = Object.entries(packages).filter(([file, one]) => file.includes('node_modules/') && one.dev !== true && one.devOptional !== true && one.link !== true).map(([file, one]) => ({ name: file.replace(/^.*node_modules\//, ''), ...one }));
  expect(running.filter(({ integrity }) => integrity === undefined).map(({ name }) => name)).toEqual([]);
  expect([...new Set(running.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name))]).toEqual(WITH_SCRIPTS);
});
