import { spawnSync } from 'node:child_process';

/** What can be wrong with the line between a till and its shop. */
export const FAULTS = ['down', 'loss', 'lost answers', 'reset', 'small packets', 'slow to refuse'] as const;
export type Fault = (typeof FAULTS)[number];

const TILL_ADDRESS = '192.0.2.1';
const SHOP_ADDRESS = '192.0.2.2';
/** What no longer gets through where somebody on the way takes small packets only, and does not say so by ICMP. */
const TOO_LONG = '576:65535';

/** Rules of iptables on the shop's side, by chain. */
const RULES: Record<Exclude<Fault, 'down'>, readonly string[]> = {
  loss: [
    'INPUT -m statistic --mode random --probability 0.3 -j DROP',
    'OUTPUT -m statistic --mode random --probability 0.3 -j DROP',
  ],
  'lost answers': ['OUTPUT -o shop -j DROP'],
  reset: ['INPUT -i shop -p tcp -j REJECT --reject-with tcp-reset'],
  'small packets': [
    `INPUT -i shop -m length --length ${TOO_LONG} -j DROP`,
    `OUTPUT -o shop -m length --length ${TOO_LONG} -j DROP`,
  ],
  'slow to refuse': ['INPUT -i shop -p tcp --syn -j DROP'],
};

/**
 * Two network namespaces, of a till and of its shop, joined by a pair of virtual interfaces: a line of their own that can be
 * spoiled. Needs root, iproute2 and iptables.
 */
export class Line implements Disposable {
  readonly shopAddress = SHOP_ADDRESS;
  readonly #till: string;
  readonly #shop: string;

  /** @returns why there can be none here */
  static lack(): string | undefined {
    try {
      using line = new Line('probe');
      for (const fault of FAULTS) {
        line.spoil(fault);
        line.mend();
      }
      return;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** @throws {Error} where it cannot be laid */
  constructor(name: string) {
    this.#till = `amis-${process.pid}-${name}-till`;
    this.#shop = `amis-${process.pid}-${name}-shop`;
    process.once('exit', this.#remove);
    try {
      for (const namespace of [this.#till, this.#shop]) run(`ip netns add ${namespace}`);
      run(`ip -n ${this.#till} link add till type veth peer name shop netns ${this.#shop}`);
      run(`ip -n ${this.#till} address add ${TILL_ADDRESS}/30 dev till`);
      run(`ip -n ${this.#shop} address add ${SHOP_ADDRESS}/30 dev shop`);
      run(`ip -n ${this.#till} link set till up`);
      for (const device of ['shop', 'lo']) run(`ip -n ${this.#shop} link set ${device} up`);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The command that runs another at the till's end. */
  get atTill(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#till];
  }

  get atShop(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#shop];
  }

  spoil(fault: Fault): void {
    if (fault === 'down') run(`ip -n ${this.#till} link set till down`);
    else for (const rule of RULES[fault]) run(`ip netns exec ${this.#shop} iptables -w -A ${rule}`);
  }

  /** Whatever was wrong with it. */
  mend(): void {
    run(`ip netns exec ${this.#shop} iptables -w -F`);
    run(`ip -n ${this.#till} link set till up`);
  }

  [Symbol.dispose](): void {
    process.removeListener('exit', this.#remove);
    this.#remove();
  }

  /** Namespaces outlive their processes. */
  readonly #remove = (): void => {
    for (const namespace of [this.#till, this.#shop]) spawnSync('ip', ['netns', 'delete', namespace]);
  };
}

function run(command: string): void {
  const [program = '', ...args] = command.split(' ');
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command}: ${stderr.trim()}`);
}
