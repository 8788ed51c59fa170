import { ShopError } from './errors.ts';

/** The first Node whose SQLite needs no flag, and which has all else that is used here. `engines` in package.json says the same. */
const WANTED = [22, 13] as const;
const WHO = '@amis-shop/shop-client';

/**
 * What runs this program says of itself, of all of which nothing may be there.
 * Source: nodejs.org/api/process.html, bun.com and docs.deno.com, "process.versions".
 */
interface Runtime {
  versions?: { node?: string; bun?: string; deno?: string };
  getBuiltinModule?: unknown;
}

checkRuntime((globalThis as { process?: Runtime }).process);

/** @throws {ShopError} `runtime_unsupported` where nothing of this library could work */
export function checkRuntime({ versions = {}, getBuiltinModule }: Runtime = {}): void {
  const { node } = versions;
  if (node === undefined) throw unsupported('this is not Node');
  if (!isWanted(node)) throw unsupported(`this is ${describe(versions)}`);
  if (typeof getBuiltinModule !== 'function') {
    throw unsupported(`this is ${describe(versions)}, which lacks process.getBuiltinModule`);
  }
}

function isWanted(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}

function describe({ node, bun, deno }: NonNullable<Runtime['versions']>): string {
  if (bun !== undefined) return `Bun ${bun} (as Node ${node})`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno} (as Node ${node})`;
}

function unsupported(what: string): ShopError {
  const wanted = WANTED.join('.');
  return new ShopError('runtime_unsupported', `${WHO} needs Node ${wanted} or later; ${what}.`, {
    hint: `Install Node ${wanted} or later, and start the program with it.`,
  });
}
