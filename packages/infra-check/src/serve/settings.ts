import type { Expectations } from '../core/expectations.ts';
import { type Config, type ConfiguredTarget, targetId } from './config.ts';

type TargetId = Pick<ConfiguredTarget, 'key' | 'module'>;

/** What is expected of a target: its module's, with its own before them; undefined where there is no such module. */
export function expectationsOf({ targets, modules }: Config, target: TargetId): Expectations | undefined {
  const id = targetId(target);
  return targets.find((one) => targetId(one) === id)?.expectations ?? modules.get(target.module);
}

/** What a target, its module, or else the whole configuration allows one check. */
export const timeoutOf = (config: Config, target: TargetId): number =>
  expectationsOf(config, target)?.timeoutMs ?? config.timeoutMs;
