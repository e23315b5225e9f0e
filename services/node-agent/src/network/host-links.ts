import type { IpFamily } from '@kubernode/apimachinery';

/** What routes between nodes need to know of the host, as `ip -json` tells it. */
export interface HostLinks {
  links: readonly HostLink[];
  /** Only those of our own protocol number. */
  routes: readonly PodRoute[];
  /** The overlay's device; absent where there is none. */
  overlay?: PresentOverlay;
}

export interface HostLink { name: string; mtu: number; addresses: readonly { address: string; prefix: number }[] }

/** The way to one node's pods. `onLink`: the gateway is taken as reachable by the device, whatever the device's addresses say. */
export interface PodRoute { family: IpFamily; range: string; via: string; device: string; onLink: boolean }

/** A VXLAN device without learning: who is behind which address is written by us. */
export interface Overlay {
  device: string;
  id: number;
  port: number;
  /** The node's own address, of the packets that carry the pods'. */
  local: string;
  mac: string;
  mtu: number;
  /** Of the device itself, so that the node's own traffic to pods has an address that they answer to. */
  addresses: readonly string[];
  peers: readonly OverlayPeer[];
}

/** A node behind the overlay: its device's MAC and pod addresses, and where packets for them go. */
export interface OverlayPeer { mac: string; remote: string; gateways: readonly string[] }

export interface PresentOverlay extends Omit<Overlay, 'peers'> {
  /** `MAC REMOTE` and `GATEWAY MAC`. */
  forwarding: readonly string[];
  neighbours: readonly string[];
}

/** The host's links and routes behind one narrow interface; a fake in tests. */
export interface LinkTool {
  read(overlayDevice: string): Promise<HostLinks>;
  /** Carries out lines of `ip -batch` and `bridge -batch`, all of them; rejects afterwards with what was refused. */
  run(commands: LinkCommands): Promise<void>;
}

export interface LinkCommands { ip: readonly string[]; bridge: readonly string[] }
