import { describe, expect, test } from 'vitest';
import { detailsOf } from '../../src/core/certificate.ts';
import { authorityFault, faultsOf } from '../../src/core/path-faults.ts';
import { element } from '../support/der.ts';
import { factsOf } from '../support/observed-certificates.ts';
import { type Issued, issue, type Request } from '../support/pki.ts';
import { nameConstraints } from '../support/world-changes.ts';

describe('of a trusted root without basic constraints', () => {
  const fault = (request: Request, isAnchor = true) => {
    const [facts] = factsOf(issue({ subject: 'Root', isCa: true, basicConstraints: null, ...request }));
    return facts && authorityFault(detailsOf(facts), isAnchor);
  };

  test.each<[what: string, request: Request, isTaken: boolean]>([
    ['of the first version', { isFirstVersion: true }, true],
    ['with a key usage that lets it sign', {}, true],
    ['with extensions, none of which says so', { keyUsage: null }, false],
    ['with a key usage that does not', { keyUsage: 0x80 }, false],
  ])('one %s', (_what, request, isTaken) => {
    expect(fault(request) === undefined).toBe(isTaken);
    expect(fault(request, false)).toBeDefined();
  });
});

describe('constraints of names over two and three names:', () => {
  const dns = (name: string) => element(0x82, Buffer.from(name));
  const address = (...bytes: number[]) => element(0x87, Buffer.from(bytes));

  const faults = (constraints: Buffer, request: Request): string[] => {
    const root = issue({ subject: 'Root', isCa: true });
    const middle = issue({ subject: 'Issuing', isCa: true, extra: [constraints] }, root);
    const leaf: Issued = issue(request, middle);
    return faultsOf(factsOf(leaf, middle, root), true).map(({ says }) => says);
  };
  const names = ['api.shop.test', 'pos.shop.test'];

  test.each<[what: string, permitted: Buffer[], excluded: Buffer[], names: string[], isTaken: boolean]>([
    ['all permitted', [dns('shop.test')], [], names, true],
    ['one of two permitted', [dns('shop.test')], [], [...names, 'api.other.test'], false],
    ['each by another base', [dns('api.shop.test'), dns('pos.shop.test')], [], names, true],
    ['one excluded', [dns('shop.test')], [dns('pos.shop.test')], names, false],
    ['others excluded', [], [dns('other.test'), dns('more.test')], names, true],
    ['the end of a label is none', [], [dns('hop.test')], names, true],
    ['itself', [dns('api.shop.test')], [], ['api.shop.test'], true],
    ['only addresses', [address(10, 0, 0, 0, 255, 0, 0, 0)], [], names, true],
  ])('%s', (_what, permitted, excluded, own, isTaken) => {
    expect(faults(nameConstraints(permitted, excluded), { names: own }).length === 0).toBe(isTaken);
  });

  test.each<[ip: string, isTaken: boolean]>([
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['9.255.255.255', false],
  ])('of addresses in 10.0.0.0/8, %s', (ip, isTaken) => {
    const found = faults(nameConstraints([address(10, 0, 0, 0, 255, 0, 0, 0)]), {
      names: ['a.test'],
      ips: [ip],
    });
    expect(found).toEqual(
      isTaken
        ? []
        : [
            `permits of IP addresses only 10.0.0.0/255.0.0.0, and the certificate names ${ip} (name constraints)`,
          ],
    );
  });
});
