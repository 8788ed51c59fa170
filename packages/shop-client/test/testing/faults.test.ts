import { expect, test } from 'vitest';
import { FAULTS, parseFaults, scriptedFaults, seededFaults } from '../../src/testing/index.ts';

const draw = (source: { next(): string | undefined }, times: number) =>
  Array.from({ length: times }, () => source.next());

test('faults are read by name and probability', () => {
  expect(parseFaults(' lost-ack:0.1, status-500:0.2 ')).toEqual({ 'lost-ack': 0.1, 'status-500': 0.2 });
  expect(parseFaults('access-denied')).toEqual({ 'access-denied': 1 });
  expect(parseFaults('')).toEqual({});
  expect(parseFaults(FAULTS.map((name) => `${name}:0.01`).join())).toMatchObject({ 'captive-portal': 0.01 });
  expect(parseFaults(['lost-ack', 'reset', 'delay'].map((name) => `${name}:0.3333333`).join())).toBeDefined();
});

test.each([
  ['lost:0.1', `Unknown fault "lost"; known are ${FAULTS.join(', ')}.`],
  ['toString:0.1', `Unknown fault "toString"; known are ${FAULTS.join(', ')}.`],
  ['reset:', 'The fault reset needs a probability from 0 to 1, as in reset:0.1, not "".'],
  ['reset:1.1', 'The fault reset needs a probability from 0 to 1, as in reset:0.1, not "1.1".'],
  ['reset:-0.1', 'The fault reset needs a probability from 0 to 1, as in reset:0.1, not "-0.1".'],
  ['reset:often', 'The fault reset needs a probability from 0 to 1, as in reset:0.1, not "often".'],
  ['reset:0.1:2', 'The fault reset needs a probability from 0 to 1, as in reset:0.1, not "0.1:2".'],
  ['reset:0.1,reset:0.1', 'The fault reset is given twice.'],
  ['reset:0.6,lost-ack:0.6', 'The probabilities of the faults add up to 1.2, more than 1.'],
])('"%s" is refused with the exact reason', (text, message) => {
  expect(() => parseFaults(text)).toThrow(new RangeError(message));
});

test('the same seed gives the same faults, another seed others', () => {
  const faults = (seed: number) => draw(seededFaults('lost-ack:0.3,reset:0.3', seed), 50);
  expect(faults(7)).toEqual(faults(7));
  expect(faults(7)).not.toEqual(faults(8));
});

test('the first faults of a seed never change, so that a failure that was seen can be seen again', () => {
  expect(draw(seededFaults({ 'lost-ack': 0.3, reset: 0.3 }, 1), 8)).toMatchInlineSnapshot(`
    [
      undefined,
      "lost-ack",
      "reset",
      undefined,
      undefined,
      "lost-ack",
      undefined,
      undefined,
    ]
  `);
});

test('faults come about as often as they are asked for', () => {
  const drawn = draw(seededFaults('lost-ack:0.1,status-503:0.25', 42), 20_000);
  const share = (fault?: string) => drawn.filter((one) => one === fault).length / drawn.length;
  expect(share('lost-ack')).toBeCloseTo(0.1, 1.7);
  expect(share('status-503')).toBeCloseTo(0.25, 1.7);
  expect(share(undefined)).toBeCloseTo(0.65, 1.7);
});

test('probability 1 is always and 0 is never', () => {
  expect(new Set(draw(seededFaults('reset:1'), 1000))).toEqual(new Set(['reset']));
  expect(new Set(draw(seededFaults('reset:0'), 1000))).toEqual(new Set([undefined]));
});

test('a script gives its faults in order, then none, and says what is left', () => {
  const source = scriptedFaults(['lost-ack', undefined, 'quota']);
  expect(source.describe()).toBe('lost-ack, then none, then quota');
  expect(draw(source, 5)).toEqual(['lost-ack', undefined, 'quota', undefined, undefined]);
  expect(source.describe()).toBe('');
  expect(seededFaults('reset:0.5').describe()).toBe('reset:0.5');
});

test('a script that names an unknown fault is refused', () => {
  expect(() => scriptedFaults(['lost_ack' as never])).toThrow(
    new RangeError(`Unknown fault "lost_ack"; known are ${FAULTS.join(', ')}.`),
  );
});
