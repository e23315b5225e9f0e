import { environmentWithSbin } from '@kubernode/netfilter';
import { runProgram } from '@kubernode/component-base';
import type { HostLink, LinkTool, PodRoute, PresentOverlay } from './host-links.ts';
import { routeProtocol } from './plan-links.ts';

/** The kernel's links and routes by iproute2. `prefix` runs it elsewhere: `['ip', 'netns', 'exec', NAME]`. */
export function createIpTool({ prefix = [] }: { prefix?: readonly string[] } = {}): LinkTool {
  const run = async (program: string, args: readonly string[], input = ''): Promise<string> => {
    const [command = '', ...rest] = [...prefix, program, ...args];
    const { status, stdout, stderr } = await runProgram(command, rest, { env: environmentWithSbin(), input });
    if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`);
    return stdout;
  };
  const json = async <T>(program: string, ...args: readonly string[]): Promise<readonly T[]> => JSON.parse(await run(program, ['-json', ...args]) || '[]') as readonly T[]; // iproute2's own shapes, declared below
  const batch = async (program: string, lines: readonly string[]): Promise<void> => { if (lines.length > 0) await run(program, ['-force', '-batch', '-'], `${lines.join('\n')}\n`); };
  return {
    async read(overlayDevice) {
      const protocol = ['route', 'show', 'proto', String(routeProtocol)];
      const [links, ipv4, ipv6] = await Promise.all([json<LinkJson>('ip', '-details', 'address', 'show'), json<RouteJson>('ip', ...protocol), json<RouteJson>('ip', '-6', ...protocol)]);
      const overlay = links.find((link) => link.ifname === overlayDevice && link.linkinfo?.info_kind === 'vxlan');
      return {
        links: links.filter((link) => link !== overlay && link.ifname !== 'lo').map(readLink),
        routes: [...ipv4.map((route) => readRoute(route, 'IPv4')), ...ipv6.map((route) => readRoute(route, 'IPv6'))],
        ...(overlay !== undefined && { overlay: readOverlay(overlay, await json<ForwardingJson>('bridge', 'fdb', 'show', 'dev', overlayDevice), await json<NeighbourJson>('ip', 'neighbour', 'show', 'dev', overlayDevice, 'nud', 'permanent')) }),
      };
    },
    async run({ ip, bridge }) {
      try { await batch('ip', ip); } finally { await batch('bridge', bridge); }
    },
  };
}

interface LinkJson {
  ifname: string; mtu: number; address?: string;
  linkinfo?: { info_kind?: string; info_data?: { id?: number; local?: string; local6?: string; port?: number } };
  addr_info?: readonly { local?: string; prefixlen?: number; scope?: string }[];
}
interface RouteJson { dst: string; gateway?: string; via?: { host: string }; dev?: string; flags?: readonly string[] }
interface ForwardingJson { mac: string; dst?: string }
interface NeighbourJson { dst: string; lladdr?: string }

function readLink({ ifname, mtu, addr_info = [] }: LinkJson): HostLink {
  return { name: ifname, mtu, addresses: addr_info.filter(({ scope }) => scope === 'global').map(({ local = '', prefixlen = 0 }) => ({ address: local, prefix: prefixlen })) };
}

function readRoute({ dst, gateway, via, dev = '', flags = [] }: RouteJson, family: PodRoute['family']): PodRoute {
  return { family, range: dst, via: gateway ?? via?.host ?? '', device: dev, onLink: flags.includes('onlink') };
}

function readOverlay({ ifname, mtu, address = '', linkinfo, addr_info = [] }: LinkJson, forwarding: readonly ForwardingJson[], neighbours: readonly NeighbourJson[]): PresentOverlay {
  const { id = 0, local, local6, port = 0 } = linkinfo?.info_data ?? {};
  return {
    device: ifname, mtu, mac: address, id, port, local: local ?? local6 ?? '',
    addresses: addr_info.filter(({ scope }) => scope === 'global').map(({ local: own = '', prefixlen = 0 }) => `${own}/${prefixlen}`),
    forwarding: forwarding.filter(({ dst }) => dst !== undefined).map(({ mac, dst = '' }) => `${mac} ${dst}`),
    neighbours: neighbours.filter(({ lladdr }) => lladdr !== undefined).map(({ dst, lladdr = '' }) => `${dst} ${lladdr}`),
  };
}
