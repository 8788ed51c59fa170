import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../test/programs.ts';

/** A place for `{4.0}`, the first IPv4 address in the order in which a till tries them, or `{6.1}`, the second IPv6 one. */
export type Place = `${4 | 6}.${number}`;

/** Public addresses of a shop, in a network namespace of their own, and what is wrong with some of them. */
export interface RoadWorld {
  readonly four: number;
  readonly six: number;
  /** Addresses at which nobody listens. */
  readonly closed?: readonly Place[];
  /** Addresses that take connections and end them at once. */
  readonly resetting?: readonly Place[];
  /** Commands that spoil the network, with places in braces. */
  readonly commands?: readonly string[];
  /** Options of infra-check. */
  readonly ipVersion?: '4' | '6';
}

/** What one run of infra-check says, and what becomes of a till's sale in the same world. */
export interface RoadSeen {
  readonly path: string;
  readonly broken: string | null;
  readonly connection: { readonly status: string; readonly summary: string; readonly fix: string | null };
  readonly isDelivered: boolean;
  /** Of the till's failure. */
  readonly code: string | null;
}

const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url));

/** Networks and mounts of its own, which go with the process. */
const APART = ['unshare', '--mount', '--net'] as const;

/** Runs both in a new namespace. @throws {Error} with what it said, where it fails */
export async function lookAtRoad(world: RoadWorld): Promise<RoadSeen> {
  const [program, ...options] = APART;
  const node = [process.execPath, '--conditions=source', PROGRAM, JSON.stringify(world)];
  const { exitCode, stdout, stderr } = await runToEnd(program, [...options, ...node]);
  if (exitCode !== 0) throw new Error(`The program in the namespace ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as RoadSeen;
}

/** Why there can be no such world here; undefined where there can. */
export function lack(): string | undefined {
  const tried = [
    'ip link set lo up',
    'ip address add 2600:1f00::1/128 dev lo',
    'iptables -A INPUT -d 52.94.0.1 -m statistic --mode nth --every 3 --packet 0 -j DROP',
    'ip6tables -A INPUT -d 2600:1f00::1 -j DROP',
    'mount --bind /dev/null /etc/resolv.conf',
  ].join(' && ');
  const { error, status, stderr } = spawnSync(APART[0], [...APART.slice(1), 'sh', '-c', tried], {
    encoding: 'utf8',
  });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim().split('\n')[0];
}
