import type { Json } from '../support/policies.ts';

/** What a resource that is there is known by: `Ref`, and the attributes of `Fn::GetAtt`. */
export interface Known {
  ref: string;
  attributes: Record<string, string>;
}

export type Resources = Record<
  string,
  {
    Type: string;
    Properties?: Record<string, Json>;
    DependsOn?: string | string[];
    Metadata?: Record<string, string>;
  }
>;

/** What moto is. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';
const PSEUDO: Record<string, string> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

export interface Reference {
  id: string;
  /** `undefined` for a `Ref`. */
  attribute: string | undefined;
}

/** All that a part of a template refers to, pseudo parameters left out. */
export function referencesIn(value: Json | undefined): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  const reference = referenceOf(value);
  if (reference) return reference.id.startsWith('AWS::') ? [] : [reference];
  return Object.values(value).flatMap(referencesIn);
}

function referenceOf(value: { [name: string]: Json }): Reference | undefined {
  if (typeof value['Ref'] === 'string') return { id: value['Ref'], attribute: undefined };
  const [id, attribute] = (value['Fn::GetAtt'] ?? []) as string[];
  return id === undefined ? undefined : { id, attribute };
}

/** The value with all that is known put in its place, and joined where nothing else is left to join. */
export function resolved(value: Json, known: ReadonlyMap<string, Known>): Json {
  if (Array.isArray(value)) return value.map((one) => resolved(one, known));
  if (typeof value !== 'object' || value === null) return value;
  const reference = referenceOf(value);
  if (reference) return lookUp(reference, known) ?? value;
  const join = value['Fn::Join'] as [string, Json[]] | undefined;
  if (join) {
    const parts = join[1].map((part) => resolved(part, known));
    return parts.every((part) => typeof part === 'string')
      ? parts.join(join[0])
      : { 'Fn::Join': [join[0], parts] };
  }
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, resolved(below, known)]));
}

function lookUp({ id, attribute }: Reference, known: ReadonlyMap<string, Known>): string | undefined {
  const found = known.get(id);
  return attribute === undefined ? (PSEUDO[id] ?? found?.ref) : found?.attributes[attribute];
}
