import type { ControlPlaneObservation, MappingFacts, RoutingRuleFacts } from './control-plane.ts';

/** Where API Gateway leads a request. */
export interface ApiRoute {
  /** Words for people: which mapping or rule. */
  by: string;
  api: string;
  stage: string | null;
  /** What is left of the path for the API. */
  path: string;
}

export interface Routing {
  route: ApiRoute | null;
  /** Rules that come before it and look at headers, so that some requests may go there. */
  conditional: RoutingRuleFacts[];
  /** Mappings that the routing mode lets API Gateway ignore. */
  ignored: MappingFacts[];
}

type Seen = Pick<ControlPlaneObservation, 'domain' | 'api_mappings' | 'base_path_mappings' | 'routing_rules'>;

/**
 * The way of a path, by the order in which API Gateway looks: rules by their priority, then the mapping of the longest
 * base path, each as far as the routing mode allows. Source: API Gateway Developer Guide, routing rules and API mappings.
 */
export function routingOf(seen: Seen, pathAndQuery: string): Routing {
  const path = pathAndQuery.split('?', 1)[0] ?? '/';
  const mode = seen.domain?.value?.routing_mode ?? null;
  const mappings = mappingsOf(seen);
  const obeysMappings = mode !== 'ROUTING_RULE_ONLY';
  const rules = usesRules(mode) ? matchingRules(seen.routing_rules?.value ?? [], path) : [];
  const unconditional = rules.findIndex(({ headers }) => headers.length === 0);
  const rule = rules[unconditional];
  const mapping = obeysMappings ? longest(mappings, path) : undefined;
  return {
    route: rule ? byRule(rule, path) : mapping ? byMapping(mapping, path) : null,
    conditional: unconditional < 0 ? rules : rules.slice(0, unconditional),
    ignored: obeysMappings ? [] : mappings,
  };
}

export const usesRules = (mode: string | null): boolean => mode?.startsWith('ROUTING_RULE') ?? false;

/** Both lists hold the mappings of REST APIs, each in its own words; either may be denied. */
export function mappingsOf({ api_mappings, base_path_mappings }: Seen): MappingFacts[] {
  const all = [...(api_mappings?.value ?? []), ...(base_path_mappings?.value ?? [])];
  return [
    ...new Map(all.map((mapping) => [mapping.base_path, mapping] as const).reverse()).values(),
  ].reverse();
}

const matchingRules = (rules: readonly RoutingRuleFacts[], path: string): RoutingRuleFacts[] =>
  rules
    .filter(({ base_paths }) => base_paths.length === 0 || base_paths.some((base) => lies(path, base)))
    .toSorted((a, b) => a.priority - b.priority);

const longest = (mappings: readonly MappingFacts[], path: string): MappingFacts | undefined =>
  mappings
    .filter(({ base_path }) => lies(path, base_path))
    .toSorted((a, b) => b.base_path.length - a.base_path.length)[0];

/** Whole segments only: `shop` holds /shop and /shop/v2, and not /shops. */
const lies = (path: string, base: string): boolean => base === '' || `${path}/`.startsWith(`/${base}/`);

const without = (path: string, base: string): string =>
  (base && path.slice(base.length + 1)) || (base ? '/' : path);

function byRule(rule: RoutingRuleFacts, path: string): ApiRoute {
  const base = rule.base_paths.find((one) => lies(path, one)) ?? '';
  return {
    by: `routing rule ${rule.priority}`,
    api: rule.api,
    stage: rule.stage,
    path: rule.strips_base_path ? without(path, base) : path,
  };
}

const byMapping = ({ base_path, api, stage }: MappingFacts, path: string): ApiRoute => ({
  by: base_path ? `the mapping of ${base_path}` : 'the mapping of the empty path',
  api,
  stage,
  path: without(path, base_path),
});
