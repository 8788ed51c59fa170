import { commonName } from './der.ts';
import { daysFromNow, ecKeys, type Issued, issue, type Request } from './pki.ts';
import { Dice } from './random.ts';
import { AUTHORITY_CHANGES, type Changes, LEAF_CHANGES, SHOUTED } from './world-changes.ts';

/** What a server sends and what a client trusts. */
export interface World {
  /** How it came about, for a test that failed. */
  what: string;
  served: Issued[];
  trusted: Issued[];
}

/** Made once: what a world is does not depend on them. */
const KEYS = Array.from({ length: 12 }, () => ecKeys());

/** Makes the certificates of one world, some of them changed. */
class Maker {
  readonly dice: Dice;
  readonly said: string[];
  readonly #share: number;
  #keys = 0;

  constructor(dice: Dice, said: string[]) {
    this.dice = dice;
    this.said = said;
    this.#share = dice.pick([0, 0.15, 0.3, 0.5]);
  }

  key() {
    this.#keys += 1;
    return KEYS[this.#keys % KEYS.length] as (typeof KEYS)[number];
  }

  authority(subject: string, issuer?: Issued, request: Request = {}): Issued {
    const end = daysFromNow(this.dice.pick([400, 900, 2_000]));
    const plain = { subject, isCa: true, notAfter: end, keys: this.key(), ...request };
    return this.#issued(plain, AUTHORITY_CHANGES, issuer, request.keys ? 0 : this.#share);
  }

  leaf(issuer?: Issued): Issued {
    const plain = { names: ['api.shop.test'], keys: this.key() };
    return this.#issued(plain, LEAF_CHANGES, issuer, this.#share);
  }

  #issued(plain: Request, changes: Changes, issuer: Issued | undefined, share: number): Issued {
    let request = plain;
    while (this.dice.chance(share)) {
      const what = this.dice.pick(Object.keys(changes));
      request = (changes[what] as Changes[string])(this.dice, request);
      this.said.push(`${plain.subject ?? 'leaf'}: ${what}`);
    }
    if (request.issuerName === SHOUTED)
      request = { ...request, issuerName: commonName(`  ${(issuer ?? plain).subject?.toUpperCase()} `) };
    return issue(request, issuer);
  }
}

type Shape = (maker: Maker) => Omit<World, 'what'>;

/** What a public bug report, RFC 4158 or a renewal makes of a chain. */
const SHAPES: Readonly<Record<string, Shape>> = {
  plain: (maker) => {
    const root = maker.authority('Root');
    const middle = maker.authority('Middle', root);
    return { served: [maker.leaf(middle), middle], trusted: [root] };
  },
  'root and leaf': (maker) => {
    const root = maker.authority('Root');
    return { served: [maker.leaf(root)], trusted: [root] };
  },
  'two intermediates': (maker) => {
    const root = maker.authority('Root');
    const upper = maker.authority('Upper', root);
    const lower = maker.authority('Lower', upper);
    return { served: [maker.leaf(lower), lower, upper], trusted: [root] };
  },
  'a new root, cross-signed by the old one': (maker) => {
    const old = maker.authority('Old root');
    const keys = maker.key();
    const fresh = maker.authority('New root', undefined, { keys, notAfter: daysFromNow(3_000) });
    const cross = maker.authority('New root', old, { keys, notAfter: daysFromNow(500) });
    const middle = maker.authority('Middle', fresh);
    return {
      served: [
        maker.leaf(middle),
        middle,
        ...maker.dice.pick([[cross, fresh], [fresh, cross], [cross], [fresh], []]),
      ],
      trusted: maker.dice.pick([[old], [fresh], [old, fresh], [maker.authority('Other root')]]),
    };
  },
  'one name and key, by two roots': (maker) => {
    const [root, stranger] = [maker.authority('Root'), maker.authority('Stranger')];
    const keys = maker.key();
    const ends = maker.dice.pick([
      [900, 2_000],
      [2_000, 900],
      [-1, 900],
      [900, -1],
    ]);
    const [good, bad] = [root, stranger].map((above, i) =>
      maker.authority('Middle', above, {
        keys,
        notBefore: daysFromNow(-950),
        notAfter: daysFromNow(ends[i] as number),
      }),
    ) as [Issued, Issued];
    const trusted = maker.dice.pick([[root], [root, stranger]]);
    return { served: [maker.leaf(good), ...maker.dice.shuffled([good, bad])], trusted };
  },
  'a root that was renewed with its key': (maker) => {
    const keys = maker.key();
    const old = maker.authority('Root', undefined, {
      keys,
      notBefore: daysFromNow(-2_000),
      notAfter: daysFromNow(maker.dice.pick([-1, 30])),
    });
    const renewed = maker.authority('Root', undefined, { keys, notAfter: daysFromNow(3_000) });
    const middle = maker.authority('Middle', old);
    return {
      served: [maker.leaf(middle), middle, ...maker.dice.pick([[], [old], [renewed], [old, renewed]])],
      trusted: maker.dice.pick([[old], [renewed], [old, renewed], [renewed, old]]),
    };
  },
  'two roots of one name with other keys': (maker) => {
    const [root, other] = [maker.authority('Root'), maker.authority('Root')];
    const middle = maker.authority('Middle', root);
    return { served: [maker.leaf(middle), middle], trusted: maker.dice.shuffled([root, other]) };
  },
  'a long chain': (maker) => {
    const root = maker.authority('Root');
    const middles: Issued[] = [];
    for (let i = 4 + maker.dice.below(9); i > 0; i -= 1) {
      middles.unshift(maker.authority(`Middle ${i}`, middles[0] ?? root));
    }
    return { served: [maker.leaf(middles[0]), ...middles], trusted: [root] };
  },
  'self-signed': (maker) => {
    const leaf = maker.leaf();
    return { served: [leaf], trusted: maker.dice.pick([[leaf], [maker.authority('Root')]]) };
  },
  'an intermediate among the trusted': (maker) => {
    const root = maker.authority('Root');
    const middle = maker.authority('Middle', root);
    return {
      served: [maker.leaf(middle), ...maker.dice.pick([[], [middle]])],
      trusted: maker.dice.pick([[middle], [middle, root]]),
    };
  },
  'two authorities that signed each other': (maker) => {
    const [keys, others] = [maker.key(), maker.key()];
    const root = maker.authority('Root');
    const left = maker.authority('Left', undefined, { keys });
    const right = maker.authority('Right', undefined, { keys: others });
    const crossed = [
      maker.authority('Left', right, { keys }),
      maker.authority('Right', left, { keys: others }),
      ...maker.dice.pick([[], [maker.authority('Right', root, { keys: others })]]),
    ];
    return { served: [maker.leaf(left), ...maker.dice.shuffled(crossed)], trusted: [root] };
  },
};

/** How what is sent may differ from what should be. */
const SENDING: Readonly<Record<string, (served: Issued[], dice: Dice) => Issued[]>> = {
  'the leaf alone': ([leaf]) => (leaf ? [leaf] : []),
  'in another order': ([leaf, ...others], dice) => (leaf ? [leaf, ...dice.shuffled(others)] : []),
  'one twice': (served, dice) => [...served, dice.pick(served)],
  'with a stranger': (served) => [
    ...served,
    issue({ subject: 'Nobody', isCa: true, keys: KEYS[0] as (typeof KEYS)[number] }),
  ],
  'with one left out': (served, dice) => {
    const out = 1 + dice.below(served.length);
    return served.filter((_, i) => i !== out);
  },
};

/** The world of that number. */
export function makeWorld(seed: number): World {
  const dice = new Dice(seed);
  const shapes = Object.keys(SHAPES);
  const shape = shapes[seed % shapes.length] as string;
  const said = [`world ${seed}`, shape];
  const world = (SHAPES[shape] as Shape)(new Maker(dice, said));
  if (!dice.chance(0.2)) return { ...world, what: said.join('; ') };
  const sending = dice.pick(Object.keys(SENDING));
  const served = SENDING[sending]?.(world.served, dice) ?? world.served;
  return { ...world, served, what: [...said, sending].join('; ') };
}
