import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOutcome } from '../core/observations.ts';
import type { ProxyPlan } from '../core/proxy-settings.ts';
import { Tunnel } from './tunnel.ts';

/** Where a connection leads. */
export interface Place {
  /** A name only where a proxy looks it up. */
  address: string;
  port: number;
  /** Null for the direct way. */
  proxy: ProxyPlan | null;
}

/** A connection on its way, which says `connect` and then `ready` once it leads to the place. */
export const dial = ({ address, port, proxy }: Place): Duplex =>
  proxy === null
    ? net.connect({ host: address, port, noDelay: true })
    : new Tunnel(proxy, { host: address, port });

/** What it means that it did not get there in time. */
export const lateOutcome = (line: Duplex): ConnectionOutcome =>
  line instanceof Tunnel ? line.lateOutcome : 'timeout';
