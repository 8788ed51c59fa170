import { basename } from 'node:path';
import type { Choices } from '../crash/random.ts';
import { pathOfDescriptor, type Step, stringsOf } from './system-calls.ts';

/**
 * At which steps of a recording the power is cut, and how often: one time anywhere, the next at a kind of call that was chosen
 * first, since most calls are those of one ordinary sale after the other.
 */
export function choosePlaces(
  steps: readonly Step[],
  times: number,
  choices: Choices,
): ReadonlyMap<number, number> {
  const kinds = [...Map.groupBy(steps.keys(), (place) => kindOf(steps[place] as Step)).values()];
  const places = new Map<number, number>();
  for (let i = 0; i < times; i++) {
    const among = i % 2 === 0 ? [...steps.keys()] : (kinds[choices.whole(0, kinds.length - 1)] ?? []);
    const place = among[choices.whole(0, among.length - 1)] ?? 0;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  return places;
}

function kindOf({ at, call }: Step): string {
  const path = pathOfDescriptor(call) ?? stringsOf(call)[0]?.toString() ?? '';
  return `${at} ${call.name} ${basename(path)}`;
}
