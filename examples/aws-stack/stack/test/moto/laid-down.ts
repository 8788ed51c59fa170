import type { Json } from '../support/policies.ts';
import { type Known, type Resources, resolved } from './intrinsics.ts';

export type Outputs = Record<string, { Value: Json }>;

/** What is known of a template's resources by their paths of constructs, such as `Pipeline/decrypt/Function`. */
export function laidDown(resources: Resources, known: ReadonlyMap<string, Known>) {
  const idOf = (path: string): string => {
    const at = `AmisShop/${path}/Resource`;
    const [id] =
      Object.entries(resources).find(([, { Metadata }]) => Metadata?.['aws:cdk:path'] === at) ?? [];
    if (id === undefined) throw new Error(`nothing at ${path}`);
    return id;
  };
  return {
    /** The value of a property. */
    property: (path: string, name: string): Json =>
      resolved(resources[idOf(path)]?.Properties?.[name] ?? null, known),
    /** What `Ref` gives for it. */
    ref: (path: string): string => known.get(idOf(path))?.ref ?? '',
    outputs: (outputs: Outputs): Record<string, string> =>
      Object.fromEntries(
        Object.entries(outputs).map(([name, { Value }]) => [name, String(resolved(Value, known))]),
      ),
  };
}

/** What the stack tells a function. moto's CloudFormation gives queues the address that AWS would give them. */
export function environmentOf(
  { property }: Pick<ReturnType<typeof laidDown>, 'property'>,
  name: string,
  motoUrl: string,
): Record<string, string> {
  const { Variables } = property(`Pipeline/${name}/Function`, 'Environment') as {
    Variables: Record<string, string>;
  };
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => [variable, queueAt(motoUrl, value)]),
  );
}

/** A queue's address where moto is. */
export const queueAt = (motoUrl: string, url: string): string =>
  url.replace('https://sqs.eu-west-1.amazonaws.com', motoUrl);
