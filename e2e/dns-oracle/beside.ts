import { execFile } from 'node:child_process';
import dns from 'node:dns';
import { checkInfra } from '@amis-shop/infra-check';

/** What a till on this machine gets for a name, and what infra-check says of it. */
export interface Beside {
  name: string;
  /** Of Node's `dns.lookup`, before infra-check and after, and of `getent ahosts`: sorted; null where it fails. */
  lookups: (string[] | null)[];
  /** With the system's look-up, and with the same name server given by --resolver. */
  verdicts: { system: Verdict; resolver: Verdict | null };
}

export interface Verdict {
  path: string;
  summary: string;
}

/** Looks a name up in three ways, one after the other, and at other names meanwhile. */
export async function beside(name: string, resolver: string | null): Promise<Beside> {
  const before = [await lookUp(name), await ahosts(name)];
  const system = await verdictOf(name, 'system');
  const verdicts = { system, resolver: resolver === null ? null : await verdictOf(name, resolver) };
  return { name, lookups: [...before, await lookUp(name)], verdicts };
}

const lookUp = (name: string): Promise<string[] | null> =>
  dns.promises.lookup(name, { all: true }).then(
    (all) => unique(all.map(({ address }) => address)),
    () => null,
  );

async function verdictOf(name: string, resolver: string): Promise<Verdict> {
  const only = ['dns.resolve'];
  const report = await checkInfra(name, { only, resolvers: [resolver], timeoutMs: 5_000 });
  return { path: report.path_status, summary: report.findings.map((one) => one.summary).join(' ') };
}

const ahosts = (name: string): Promise<string[] | null> =>
  new Promise((resolve) => {
    execFile('getent', ['ahosts', name], (error, stdout) => {
      const addresses = stdout.split('\n').flatMap((line) => line.split(/\s/)[0] || []);
      resolve(error ? null : unique(addresses));
    });
  });

const unique = (items: readonly string[]): string[] => [...new Set(items)].sort();

/** At so many names at a time. */
export async function inTurns<T, R>(
  items: readonly T[],
  most: number,
  of: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await of(items[at] as T);
  };
  await Promise.all(Array.from({ length: most }, work));
  return results;
}
