import type { Value, YamlSource } from './yaml-source.ts';

/** What a person reads about a target on the page; it changes no check. */
export interface About {
  /** Targets of one group stand together. */
  group?: string;
  /** Such as who is responsible; one line. */
  note?: string;
  /** Where it says what to do. An http or https URL. */
  runbook?: string;
}

/** Keys of a target, and of a module for all of its targets. */
export const ABOUT_KEYS = ['group', 'note', 'runbook'] as const;

const LONGEST_GROUP = 64;
const LONGEST_NOTE = 500;
const LONGEST_RUNBOOK = 2_000;

/** @param values of a target or a module by key; others than these are left alone */
export function readAbout(source: YamlSource, values: ReadonlyMap<string, Value>): About {
  const [group, note, runbook] = ABOUT_KEYS.map((key) => values.get(key));
  return {
    ...(group && { group: lineOf(source, group, LONGEST_GROUP) }),
    ...(note && { note: lineOf(source, note, LONGEST_NOTE) }),
    ...(runbook && { runbook: runbookOf(source, runbook) }),
  };
}

/** What was written on several lines is read as one. */
function lineOf(source: YamlSource, value: Value, longest: number): string {
  const line = source.text(value).trim().replace(/\s+/g, ' ');
  if (line !== '' && line.length <= longest) return line;
  throw source.error(value, `must have 1 to ${longest} characters.`);
}

/** Whoever opens the page follows it: no javascript:, no file:, and no password for all to read. */
function runbookOf(source: YamlSource, value: Value): string {
  const text = source.text(value).trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url !== null && /^https?:\/\//i.test(text) && /^https?:$/.test(url.protocol);
  if (!isWeb || text.length > LONGEST_RUNBOOK)
    throw source.error(
      value,
      `must be an http or https URL of at most ${LONGEST_RUNBOOK} characters.`,
      'For example: https://wiki.example.org/tills.',
    );
  if (url.username !== '' || url.password !== '')
    throw source.error(
      value,
      'has a user name or password in it, which everybody who opens the page would see.',
    );
  return url.href;
}
