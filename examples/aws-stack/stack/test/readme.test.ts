import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkOptions } from '../options.ts';
import { schema } from '../options-schema.ts';
import { resourcesOf } from './support/resources.ts';
import { synthesise } from './support/synth.ts';
import { VARIANTS } from './support/variants.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  default?: unknown;
}

/** The options' names as the README writes them, such as `domain.mutualTls.version`; groups are named by what is in them. */
function optionsIn({ properties = {} }: JsonSchema, within = ''): Map<string, unknown> {
  return new Map(
    Object.entries(properties).flatMap(([name, one]): [string, unknown][] => {
      const path = `${within}${name}`;
      if (typeof one.additionalProperties === 'object') {
        return [[path, undefined], ...optionsIn(one.additionalProperties, `${path}.<id>.`)];
      }
      if (one.properties && one.default === undefined) {
        return [
          ...(within === '' ? [[path, undefined] as [string, unknown]] : []),
          ...optionsIn(one, `${path}.`),
        ];
      }
      return [[path, one.default]];
    }),
  );
}

const table = [...readme.matchAll(/^\| (`[a-zA-Z.<>]+`(?:, `[a-zA-Z.<>]+`)*) \|\s*(.*?)\s*\| /gm)].flatMap(
  ([, names = '', standard = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']): [string, string] => [name, standard]),
);

describe('the README', () => {
  const options = optionsIn(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);

  test('has every option, and none that there is not', () => {
    const named = table
      .map(([name]) => name)
      .filter((name) => options.has(name) || /^(shops|domain|alarms)\./.test(name));
    expect(named.toSorted()).toEqual(
      [...options.keys()]
        .flatMap((name) => (name === 'alarms' ? ['alarms.email', 'alarms.topicArn'] : [name]))
        .toSorted(),
    );
  });

  test('says what an option is where it is not given', () => {
    const told = Object.fromEntries(table);
    for (const [name, standard] of options) {
      if (standard === undefined || name === 'alarms') continue;
      const text = typeof standard === 'string' ? standard : JSON.stringify(standard);
      expect([name, told[name]?.replaceAll('`', '').replaceAll(': ', ':').replaceAll(', ', ',')]).toEqual([
        name,
        text,
      ]);
    }
  });

  test('has a configuration that stands', () => {
    const examples = [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json));
    expect(examples).toHaveLength(1);
    for (const example of examples) expect(() => checkOptions(example)).not.toThrow();
  });

  test('counts alarms and configurations', () => {
    const alarms = resourcesOf(synthesise(VARIANTS['no domain']).template, 'AWS::CloudWatch::Alarm');
    const ofShops = alarms.filter(({ path }) => /AMIS\d/.test(path)).length / 2;
    expect(readme).toContain(`(${alarms.length - 2 * ofShops}, and ${ofShops} a shop)`);
    expect(Object.keys(VARIANTS)).toHaveLength(15);
    expect(readme).toContain('The templates of fifteen configurations');
  });
});
