import type { Status } from '@amis-shop/infra-check';
import { BREAKS, type Break } from '@amis-shop/sandbox';
import { FAULTS, type Fault } from '@amis-shop/shop-client/testing';

/** Faults of the sandbox that are there at once: of the path, and of each answer to a POST. */
export interface Case {
  readonly breaks: readonly Break[];
  readonly fault: Fault | undefined;
}

/** What became of a sale, and what infra-check said at the same time. */
export interface Result extends Case {
  /** The exit code of `shop-send`. */
  readonly exitCode: number;
  /** What `shop-send` said. */
  readonly said: string;
  readonly path: Exclude<Status, 'skipped'>;
  /** The first line of infra-check. */
  readonly headline: string;
}

type OneFault = { readonly link: string; readonly name: Break | Fault };

const ALL: readonly OneFault[] = [
  ...Object.entries(BREAKS).flatMap(([link, faults]) =>
    Object.keys(faults).map((name) => ({ link, name: name as Break })),
  ),
  ...FAULTS.map((name) => ({ link: 'answer', name })),
];

const caseOf = (...faults: readonly OneFault[]): Case => ({
  breaks: faults.flatMap(({ link, name }) => (link === 'answer' ? [] : [name as Break])),
  fault: faults.find(({ link }) => link === 'answer')?.name as Fault | undefined,
});

/** Nothing broken, and every fault alone. */
export const alone = (): Case[] => [caseOf(), ...ALL.map((one) => caseOf(one))];

/** Every pair of faults that can be there together. */
export const pairs = (): Case[] =>
  ALL.flatMap((one, i) =>
    ALL.slice(i + 1).flatMap((other) => (one.link === other.link ? [] : [caseOf(one, other)])),
  );

/** @returns `count` of them, the same for the same seed */
export function sample<T>(of: readonly T[], count: number, seed: number): T[] {
  const left = [...of];
  let state = seed;
  const chosen: T[] = [];
  while (chosen.length < count && left.length > 0) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    chosen.push(...left.splice(state % left.length, 1));
  }
  return chosen;
}

export const nameOf = ({ breaks, fault }: Case): string =>
  [...breaks, ...(fault ? [`every answer ${fault}`] : [])].join(' and ') || 'nothing broken';
