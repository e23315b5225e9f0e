import { planChainRemoval } from './host-network.ts';

const saved = `# Generated
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:KUBERNODE-MASQ - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j DOCKER
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -j KUBERNODE-MASQ
-A KUBE-SERVICES -j KUBE-MARK-MASQ
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -j ACCEPT
COMMIT
`;

test('planChainRemoval takes out chains of ours and the jumps to them, and nothing that was there before', () => {
  expect(planChainRemoval(saved, new Set(['nat/CNI-HOSTPORT-DNAT']))).toEqual({
    chains: ['nat/KUBE-SERVICES', 'nat/KUBE-MARK-MASQ', 'nat/KUBERNODE-MASQ'],
    input: '*nat\n-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\n-D POSTROUTING -j KUBERNODE-MASQ\n-F KUBE-SERVICES\n-F KUBE-MARK-MASQ\n-F KUBERNODE-MASQ\n-X KUBE-SERVICES\n-X KUBE-MARK-MASQ\n-X KUBERNODE-MASQ\nCOMMIT\n',
  });
});

test('planChainRemoval does nothing where all chains were there before', () => {
  expect(planChainRemoval(saved, new Set(['nat/CNI-HOSTPORT-DNAT', 'nat/KUBE-SERVICES', 'nat/KUBE-MARK-MASQ', 'nat/KUBERNODE-MASQ'])).chains).toEqual([]);
});
