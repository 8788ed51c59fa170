export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** One statement of a policy, with the logical id and the type of the resource in which it stands. */
export interface Statement {
  resource: string;
  type: string;
  /** Names of the properties that lead to it, such as `KeyPolicy.Statement`. */
  path: string;
  effect: string;
  sid: string;
  actions: string[];
  resources: Json[];
  principals: Json[];
  conditions: Record<string, Record<string, Json>>;
  raw: { [name: string]: Json };
}

interface Resource {
  Type: string;
  Properties?: Json;
}

const list = (value: Json | undefined): Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** All statements of a template, in whatever resource and property they stand. */
export const statementsOf = (template: { Resources?: Record<string, Resource> }): Statement[] =>
  Object.entries(template.Resources ?? {}).flatMap(([resource, { Type: type, Properties = {} }]) =>
    found(Properties, '').map(({ path, raw }) => ({
      resource,
      type,
      path,
      effect: String(raw['Effect']),
      sid: String(raw['Sid'] ?? ''),
      actions: list(raw['Action']).map(String),
      resources: list(raw['Resource']),
      principals: principalsOf(raw['Principal']),
      conditions: (raw['Condition'] ?? {}) as Record<string, Record<string, Json>>,
      raw,
    })),
  );

function found(value: Json, path: string): { path: string; raw: { [name: string]: Json } }[] {
  if (Array.isArray(value)) return value.flatMap((one) => found(one, path));
  if (typeof value !== 'object' || value === null) return [];
  if (value['Effect'] !== undefined) return [{ path, raw: value }];
  return Object.entries(value).flatMap(([name, below]) =>
    found(below, path === '' ? name : `${path}.${name}`),
  );
}

const principalsOf = (principal: Json | undefined): Json[] =>
  typeof principal === 'object' && principal !== null && !Array.isArray(principal)
    ? Object.entries(principal).flatMap(([kind, values]) =>
        list(values).map((value) => (kind === 'AWS' ? value : { [kind]: value })),
      )
    : list(principal);
