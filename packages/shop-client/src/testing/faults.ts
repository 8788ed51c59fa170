/** What can go wrong on the way, by name. */
export const FAULTS = [
  'lost-ack',
  'reset',
  'delay',
  'status-500',
  'status-502',
  'status-503',
  'status-429',
  'quota',
  'captive-portal',
  'status-400',
  'status-401',
  'missing-token',
  'forbidden',
  'invalid-signature',
  'expired-token',
  'access-denied',
  'status-408',
  'status-413',
  'status-415',
  'status-504',
] as const;

export type Fault = (typeof FAULTS)[number];

/** The probability of each fault, 0 to 1, their sum at most 1. */
export type FaultRates = Partial<Readonly<Record<Fault, number>>>;

/** Decides for each post which fault it meets, if any. */
export interface FaultSource {
  next(): Fault | undefined;
  /** What is in force, for people: `lost-ack:0.1,status-500:0.2`, or '' for none. */
  describe(): string;
}

const isFault = (name: string): name is Fault => FAULTS.some((fault) => fault === name);

/**
 * Reads `lost-ack:0.1,status-500:0.2`; a name alone means always, an empty text no faults.
 * @throws RangeError with one sentence for an unknown or repeated name, a probability outside 0 to 1, or a sum above 1
 */
export const parseFaults = (text: string): FaultRates => {
  const rates: Partial<Record<Fault, number>> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [name = '', rate = '1'] = part.split(/:(.*)/s).map((one) => one.trim());
    if (!isFault(name)) throw unknownFault(name);
    if (rates[name] !== undefined) throw new RangeError(`The fault ${name} is given twice.`);
    rates[name] = probability(name, rate);
  }
  assertSum(rates);
  return rates;
};

const unknownFault = (name: string): RangeError =>
  new RangeError(`Unknown fault "${name}"; known are ${FAULTS.join(', ')}.`);

const probability = (name: Fault, text: string): number => {
  const value = text === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(
      `The fault ${name} needs a probability from 0 to 1, as in ${name}:0.1, not "${text}".`,
    );
  }
  return value;
};

const assertSum = (rates: FaultRates): void => {
  const sum = Object.values(rates).reduce((total, rate) => total + rate, 0);
  // Ten times 0.1 is a little more than 1 in binary.
  if (sum > 1 + 1e-9) {
    throw new RangeError(`The probabilities of the faults add up to ${Number(sum.toFixed(6))}, more than 1.`);
  }
};

/** mulberry32: numbers in [0, 1), the same ones for the same seed. Not for secrets. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Faults by probability: the same order for the same rates and seed. @throws RangeError as parseFaults does */
export const seededFaults = (faults: string | FaultRates, seed = 1): FaultSource => {
  const text = typeof faults === 'string' ? faults : formatRates(faults);
  const rates = Object.entries(parseFaults(text)) as [Fault, number][];
  const random = seededRandom(seed);
  const next = () => {
    let left = random();
    for (const [fault, rate] of rates) {
      left -= rate;
      if (left < 0) return fault;
    }
    return undefined;
  };
  return { next, describe: () => formatRates(Object.fromEntries(rates)) };
};

const formatRates = (rates: FaultRates): string =>
  Object.entries(rates)
    .map(([name, rate]) => `${name}:${rate}`)
    .join(',');

/** The next posts meet these faults in this order (`undefined`: none), later ones none. @throws RangeError for an unknown one */
export const scriptedFaults = (faults: readonly (Fault | undefined)[]): FaultSource => {
  for (const fault of faults) if (fault !== undefined && !isFault(fault)) throw unknownFault(fault);
  const left = [...faults];
  return { next: () => left.shift(), describe: () => left.map((fault) => fault ?? 'none').join(', then ') };
};

export const noFaults: FaultSource = { next: () => undefined, describe: () => '' };
