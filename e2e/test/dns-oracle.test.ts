import { beforeAll, describe, expect, test } from 'vitest';
import type { Case } from '../dns-oracle/answers.ts';
import type { Beside, Verdict } from '../dns-oracle/beside.ts';
import { RIGHT } from '../dns-oracle/mutations.ts';
import { inNamespace, lackOfNamespaces } from '../dns-oracle/namespace.ts';

const lack = lackOfNamespaces();
const hasNamespaces = lack === '';
const SEED = 20_261;
const DRAWN = 120;

type Spoiled = Beside & { spoiled: Case };

type Exception = (spoiled: Case) => boolean;

const doneTo = ({ of }: Case): string[] => [...of.A, ...of.AAAA];

/** Where a till and infra-check may differ, and why. */
const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  'records beside an error code: glibc reads them where its other question has records too, and no resolver sends that':
    (spoiled) => doneTo(spoiled).some((one) => /beside answers$/.test(one)),
  'a server that fails the question for A and has addresses for AAAA: glibc has addresses, or none, by which of both comes last':
    ({ of, hasSix }) => hasSix && of.A.some((one) => /^(SERVFAIL|NOTIMP|REFUSED|a referral)$/.test(one)),
  'an answer by TCP to another question: glibc compares what comes by UDP alone, and no resolver sends that':
    (spoiled) =>
      doneTo(spoiled).includes('cut, and whole by TCP') &&
      doneTo(spoiled).some((one) => / question/.test(one)),
};

const isExcepted = ({ spoiled }: Spoiled): boolean =>
  Object.values(EXCEPTIONS).some((holds) => holds(spoiled));

const RIGHT_ADDRESSES = new Set<string>([...RIGHT.v4, ...RIGHT.v6.map((last) => `2a05:d018::${last}`)]);

/** What is wrong with a verdict beside what a till gets; undefined where it is right, or a till gets now this, now that. */
function faultOf({ lookups }: Beside, { path, summary }: Verdict): string | undefined {
  const [first = null, ...others] = lookups;
  if (others.some((one) => JSON.stringify(one) !== JSON.stringify(first))) return;
  const isOpen = path === 'ok' || path === 'warning';
  if (first === null) return isOpen ? `${path}, and the look-up fails: ${summary}` : undefined;
  const isRight = first.every((address) => RIGHT_ADDRESSES.has(address));
  return isRight && !isOpen ? `${path}, and a till has ${first.join(' ')}: ${summary}` : undefined;
}

const linesOf = <T>(output: string): T[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

describe.runIf(hasNamespaces)(`beside getaddrinfo, DNS is judged as a till meets it${lack}`, () => {
  let spoiled: Spoiled[] = [];
  beforeAll(async () => {
    spoiled = linesOf(await inNamespace('mutated', [String(SEED), String(DRAWN)]));
  }, 300_000);

  test('several hundred answers were spoiled, and tills take some of them and not others', () => {
    expect(spoiled.length).toBeGreaterThan(300);
    const failing = spoiled.filter(({ lookups }) => lookups.every((one) => one === null));
    expect(failing.length).toBeGreaterThan(60);
    expect(failing.length).toBeLessThan(spoiled.length - 60);
  });

  test.each(['system', 'resolver'] as const)(
    'with the %s asked, the path is never open where the look-up fails, and never broken where it gives the right addresses',
    (by) => {
      const faults = spoiled
        .filter((seen) => !isExcepted(seen))
        .flatMap((seen) => {
          const verdict = seen.verdicts[by];
          const fault = verdict === null ? 'not checked' : faultOf(seen, verdict);
          return fault === undefined ? [] : [{ fault, of: seen.spoiled.of, seed: seen.spoiled.seed }];
        });
      expect(faults).toEqual([]);
    },
  );

  test('exceptions are few', () => {
    expect(spoiled.filter(isExcepted).length).toBeLessThan(spoiled.length / 5);
  });
});

interface SeenWorld extends Beside {
  what: string;
}

describe.runIf(hasNamespaces)(`with the system's own files changed under a running process${lack}`, () => {
  let worlds: SeenWorld[] = [];
  beforeAll(async () => {
    worlds = linesOf(await inNamespace('worlds', []));
  }, 120_000);
  const verdictOf = (what: string) => worlds.find((one) => one.what === what)?.verdicts.system;

  test('the path is what the look-up makes of it, in each world', () => {
    expect(worlds.length).toBeGreaterThan(20);
    expect(worlds.flatMap((one) => faultOf(one, one.verdicts.system) ?? [])).toEqual([]);
  });

  test.each([
    ['one sound server', 'ok', /2 addresses/],
    [
      'a silent server, then a sound one',
      'warning',
      /127\.0\.0\.1:53 .* each look-up first waits 1 s for it/,
    ],
    ['the search domain alone', 'warning', /from the search domain corp\.test/],
    ['the search domain, asked with a dot at the end', 'critical', /NXDOMAIN/],
    ['/etc/hosts beside DNS', 'warning', /from \/etc\/hosts: DNS gives/],
    ['/etc/hosts alone', 'warning', /from \/etc\/hosts: .*NXDOMAIN/],
    ['/etc/hosts alone, asked with a dot at the end', 'critical', /NXDOMAIN/],
    ['DNS before /etc/hosts', 'ok', /2 addresses/],
    ['DNS that is not looked at', 'critical', /look-up of this system fails/],
    ['silence by all', 'unknown', /does not answer/],
  ])('%s is %s', (what, path, says) => {
    expect(verdictOf(what)).toMatchObject({ path, summary: expect.stringMatching(says) });
  });
});
