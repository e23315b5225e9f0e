import fc from 'fast-check';
import { arbitraryPorts } from '../../test/routed-port.fixture.ts';
import { ElementLedger } from './element-ledger.ts';
import { renderNftPort, type Element } from './nft-port.ts';

const settings = { family: 'IPv4' as const, masqueradeAll: false, masqueradeBit: 14, nodePorts: { everywhere: true as const }, localhostNodePorts: false, tcpLiberal: false };
const elementsOf = (ports: readonly Parameters<typeof renderNftPort>[0][]): Element[] => ports.flatMap((port) => [...renderNftPort(port, settings).elements]);
const idOf = ({ container, key }: Element): string => `${container} ${key}`;

test('changes lead from any elements to any others, each added and deleted when it can be', () => {
  fc.assert(fc.property(fc.array(arbitraryPorts, { maxLength: 4 }), (states) => {
    const ledger = new ElementLedger();
    const table = new Map<string, string | undefined>();
    let before: Element[] = [];
    for (const ports of states) {
      const after = elementsOf(ports);
      for (const { do: action, element } of ledger.change({ removed: before, added: after })) {
        expect(table.has(idOf(element))).toBe(action === 'delete'); // nft refuses what is there, and what is not
        if (action === 'add') table.set(idOf(element), element.verdict); else table.delete(idOf(element));
      }
      before = after;
      expect([...table.keys()].sort()).toEqual([...new Set(after.map(idOf))].sort());
      expect([...ledger.elements()].map(idOf).sort()).toEqual([...table.keys()].sort());
    }
  }), { numRuns: 40 });
});

test('of two that claim an address the first keeps it until it goes', () => {
  const ledger = new ElementLedger();
  const [first, second]: Element[] = ['goto a', 'goto b'].map((verdict) => ({ container: 'service-ips', key: '198.51.100.1 . tcp . 80', verdict }));
  if (first === undefined || second === undefined) throw new Error('unreachable');
  expect(ledger.change({ removed: [], added: [first] })).toEqual([{ do: 'add', element: first }]);
  expect(ledger.change({ removed: [], added: [second] })).toEqual([]);
  expect(ledger.change({ removed: [first], added: [] })).toEqual([{ do: 'delete', element: first }, { do: 'add', element: second }]);
});
