import { describe, expect, test } from 'vitest';
import { routingOf } from '../../src/core/api-route.ts';
import type { MappingFacts, RoutingRuleFacts } from '../../src/core/control-plane.ts';
import { taking } from '../../src/core/judge-control-api.ts';
import { answered, DOMAIN } from './support/evidence.ts';

const mapping = (base_path: string, api = base_path || 'root'): MappingFacts => ({
  base_path,
  api,
  stage: 'prod',
});
const rule = (
  priority: number,
  base_paths: string[],
  more: Partial<RoutingRuleFacts> = {},
): RoutingRuleFacts => ({
  id: `r${priority}`,
  priority,
  base_paths,
  headers: [],
  api: `rule${priority}`,
  stage: 'prod',
  strips_base_path: false,
  ...more,
});

const route = (
  path: string,
  mappings: MappingFacts[],
  rules: RoutingRuleFacts[] = [],
  routing_mode: string | null = null,
) =>
  routingOf(
    {
      domain: answered({ ...DOMAIN, routing_mode }),
      api_mappings: answered(mappings),
      base_path_mappings: answered([]),
      routing_rules: answered(rules),
    },
    path,
  );

describe('a path takes the mapping of the longest base path, by whole segments', () => {
  const mappings = [mapping(''), mapping('v1'), mapping('v1/shop')];
  test.each([
    ['/shop', 'root', '/shop'],
    ['/v1', 'v1', '/'],
    ['/v1/', 'v1', '/'],
    ['/v1/other', 'v1', '/other'],
    ['/v10/other', 'root', '/v10/other'],
    ['/v1/shop', 'v1/shop', '/'],
    ['/v1/shop/v2?x=/v1', 'v1/shop', '/v2'],
    ['/v1/shops', 'v1', '/shops'],
    ['/V1', 'root', '/V1'],
  ])('%s -> %s %s', (path, api, rest) => {
    expect(route(path, mappings).route).toMatchObject({ api, path: rest });
  });

  test('and none where none holds it', () => {
    expect(route('/shop', [mapping('v1')]).route).toBeNull();
  });
});

describe('routing rules', () => {
  test('take a path by any of their base paths, and cut off the one that it lies in', () => {
    const rules = [rule(10, ['a', 'shop', 'b'], { strips_base_path: true })];
    const both = 'ROUTING_RULE_THEN_API_MAPPING';
    expect(route('/shop/v1', [mapping('')], rules, both).route).toMatchObject({ api: 'rule10', path: '/v1' });
    expect(route('/c', [mapping('')], rules, both).route?.api).toBe('root');
  });

  const both = 'ROUTING_RULE_THEN_API_MAPPING';
  test('come by their priority, and before the mappings', () => {
    expect(route('/shop', [mapping('')], [rule(20, []), rule(10, ['shop'])], both).route?.api).toBe('rule10');
    expect(route('/other', [mapping('')], [rule(20, []), rule(10, ['shop'])], both).route?.api).toBe(
      'rule20',
    );
    expect(route('/other', [mapping('')], [rule(10, ['shop'])], both).route?.api).toBe('root');
  });

  test('keep the base path, or strip it', () => {
    expect(route('/v1/shop', [], [rule(1, ['v1'])], both).route?.path).toBe('/v1/shop');
    expect(route('/v1/shop', [], [rule(1, ['v1'], { strips_base_path: true })], both).route?.path).toBe(
      '/shop',
    );
  });

  test('that look at headers decide nothing for a till, and are told where they come first', () => {
    const headers = { headers: ['x-version'] };
    const seen = route('/shop', [], [rule(1, [], headers), rule(2, []), rule(3, [], headers)], both);
    expect(seen.route?.api).toBe('rule2');
    expect(seen.conditional.map(({ priority }) => priority)).toEqual([1]);
  });

  test('count for nothing where the mode is that of mappings', () => {
    expect(route('/shop', [mapping('')], [rule(1, [])], 'BASE_PATH_MAPPING_ONLY').route?.api).toBe('root');
  });

  test('are all that counts with ROUTING_RULE_ONLY', () => {
    const seen = route('/shop', [mapping('')], [rule(1, ['v1'])], 'ROUTING_RULE_ONLY');
    expect(seen.route).toBeNull();
    expect(seen.ignored).toEqual([mapping('')]);
  });
});

describe('the method that takes a POST', () => {
  const methods = ['/shop', '/shop/{id}', '/{proxy+}', '/a/{rest+}', '$default'].map((path) => ({
    method: 'POST',
    path,
    authorization: null,
    needs_api_key: false,
  }));
  const without = (...paths: string[]) => methods.filter(({ path }) => !paths.includes(path));
  test.each([
    ['/shop', methods, '/shop'],
    ['/shop/', methods, '/shop'],
    ['/shop/7', methods, '/shop/{id}'],
    ['/shop/7/8', methods, '/{proxy+}'],
    ['/a/b/c', without('/{proxy+}'), '/a/{rest+}'],
    ['/a', without('/{proxy+}'), '$default'],
    ['/', methods, '$default'],
    ['/', without('$default'), undefined],
    ['/shop/', without('/shop', '/{proxy+}', '$default'), undefined],
  ])('at %s', (path, all, expected) => {
    expect(taking(all, path)?.path).toBe(expected);
  });
});
