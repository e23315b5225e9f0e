import { seededRng } from '@kubernode/base';
import { createAuthority, parseOptions } from '@kubernode/component-base';
import { joinCommand } from '../cmd/join.ts';
import { authorityHashes, joinArguments } from './join-information.ts';

test('joinArguments are what kubernode join takes', async () => {
  const issue = { now: Date.UTC(2026, 0, 1), rng: seededRng(1) };
  const [old, next] = await Promise.all(['old', 'next'].map((commonName) => createAuthority({ commonName, lifetimeMs: 3_600_000 }, issue)));
  const ca = `${next?.certificate ?? ''}${old?.certificate ?? ''}`;
  const { options, positionals } = parseOptions(joinCommand.options, joinArguments({ endpoint: '[fd00::1]:6443', ca }, 'abcdef.0123456789abcdef'));
  expect(positionals).toEqual([]);
  expect(options).toMatchObject({ server: 'https://[fd00::1]:6443', token: 'abcdef.0123456789abcdef', 'ca-cert-hash': authorityHashes(ca) });
  expect(authorityHashes(ca)).toHaveLength(2);
}, 30_000);
