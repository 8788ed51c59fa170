import { type Broken, brokenBy } from './breaks.ts';
import { type Authorities, gatewayCertificates } from './certificate-breaks.ts';
import type { Dns } from './dns/dns.ts';
import type { RoadNames } from './dns/names.ts';
import type { GatewayDoor } from './gateway-door.ts';
import type { Certificate } from './types.ts';

/** The links of the road that can be broken. */
export interface Links {
  readonly names: RoadNames;
  readonly authorities: Authorities;
  /** The gateway's own, when nothing is broken. */
  readonly certificate: Certificate;
  readonly door: GatewayDoor;
  readonly dns: Dns | undefined;
  /** Breaks the shops' keys. @returns what mends them */
  breakKeys(fault: Broken['kms']): Promise<() => Promise<void>>;
}

/** What breaks the road and mends it, one change after another. */
export class Road {
  readonly #links: Links;
  readonly #setBroken: (broken: Broken) => void;
  #presented: Certificate | undefined;
  #mendKeys: () => Promise<void> = async () => undefined;
  #changes: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @param setBroken learns what is broken from now on */
  constructor(links: Links, setBroken: (broken: Broken) => void) {
    this.#links = links;
    this.#setBroken = setBroken;
  }

  /** @throws RangeError with one sentence */
  break(names: readonly string[]): Promise<void> {
    const change = this.#changes.then(() => this.#change(names));
    this.#changes = change.catch(() => undefined);
    return change;
  }

  present(certificate: Certificate): void {
    this.#links.door.present(
      this.#links.door.addresses.map(() => certificate),
      {},
    );
    this.#presented = certificate;
  }

  /** Resolves when no change is under way, and lets none begin. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#changes;
  }

  async #change(names: readonly string[]): Promise<void> {
    if (this.#closed) throw new Error('The sandbox is closed: nothing of it can be broken.');
    const { door, dns, breakKeys } = this.#links;
    const broken = brokenBy(names);
    assertPossible(broken, this.#links);
    await this.#mendKeys();
    this.#mendKeys = await breakKeys(broken.kms);
    door.present(this.#certificates(broken), broken);
    await door.demandCertificates(broken.gateway === 'gateway-client-certificate');
    dns?.setBroken(broken);
    this.#setBroken(broken);
  }

  #certificates(broken: Broken): Certificate[] {
    const { authorities, names, certificate, door } = this.#links;
    if (broken.certificate === undefined && (this.#presented || broken.dns !== 'dns-stage-url')) {
      return door.addresses.map(() => this.#presented ?? certificate);
    }
    return gatewayCertificates(authorities, names, broken, door.addresses.length);
  }
}

/** @throws RangeError with one sentence for a fault that needs what this sandbox does not have */
function assertPossible(broken: Broken, { dns, door }: Links): void {
  const ofDns = broken.dns ?? broken.validation ?? broken.caa;
  if (ofDns !== undefined && dns === undefined) {
    throw new RangeError(`${ofDns} needs name servers: start the sandbox with the option dns.`);
  }
  const ofServers = broken.dns === 'dns-lame' || broken.dns === 'dns-servers-disagree';
  if (ofServers && dns?.description.servers.length === 1) {
    throw new RangeError(`${broken.dns} needs two name servers, and this system has no 127.0.0.2.`);
  }
  if (broken.certificate === 'certificate-differs' && door.addresses.length === 1) {
    throw new RangeError(
      'certificate-differs needs a gateway at several addresses: the option dns, and a system that has 127.0.0.2.',
    );
  }
}
