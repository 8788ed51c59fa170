import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import type { Json } from '../support/policies.ts';
import { BY_HAND } from './by-hand.ts';
import { type Known, type Reference, type Resources, referencesIn, resolved } from './intrinsics.ts';

/** What moto has no CloudFormation for and nobody misses here: what is watched, and the account's setting for logs. */
export const LEFT_OUT = ['AWS::ApiGateway::Account', 'AWS::CloudWatch::Alarm'];

export interface Deployed {
  /** By logical id. */
  known: ReadonlyMap<string, Known>;
  /** Types that CloudFormation made, and those that were made by AWS's own calls. */
  byCloudFormation: string[];
  byHand: string[];
}

/**
 * Lays a template down as CloudFormation would, in the order of what refers to what: by moto's CloudFormation, in as many
 * stacks as it takes, and where that cannot, by hand.
 */
export async function deploy(stackName: string, template: Resources): Promise<Deployed> {
  const cloudFormation = new CloudFormationClient();
  const known = new Map<string, Known>();
  const left = new Map(Object.entries(template).filter(([, { Type }]) => !LEFT_OUT.includes(Type)));
  const all = [...left.values()];
  for (let round = 1; left.size > 0; round++) {
    const before = left.size;
    for (const [id, { Type, Properties = {} }] of left) {
      const make = BY_HAND[Type];
      if (!make || !needs(left, id).every((one) => known.has(one))) continue;
      known.set(id, await make(resolved(Properties, known) as Record<string, Json>));
      left.delete(id);
    }
    const stack = nextStack(left, known);
    if (Object.keys(stack).length > 0) {
      for (const id of Object.keys(stack)) left.delete(id);
      const asked = [...left.values()].flatMap((one) => referencesIn(one.Properties));
      const made = await createStack(
        cloudFormation,
        `${stackName}-${round}`,
        resolvedIn(stack, known),
        asked,
      );
      for (const [id, one] of made) known.set(id, one);
    }
    if (left.size === before) throw new Error(`nothing leads to ${[...left.keys()].join(', ')}`);
  }
  const types = [...new Set(all.map(({ Type }) => Type))].toSorted();
  return {
    known,
    byCloudFormation: types.filter((type) => !(type in BY_HAND)),
    byHand: types.filter((type) => type in BY_HAND),
  };
}

/** The most that refers to nothing but itself and what is there. */
function nextStack(
  left: ReadonlyMap<string, Resources[string]>,
  known: ReadonlyMap<string, Known>,
): Resources {
  const able = new Map([...left].filter(([, { Type }]) => !(Type in BY_HAND)));
  for (;;) {
    const stuck = [...able].filter(([id]) =>
      needs(left, id).some((one) => !known.has(one) && !able.has(one)),
    );
    if (stuck.length === 0) return Object.fromEntries(able);
    for (const [id] of stuck) able.delete(id);
  }
}

/** What must be there before it. */
function needs(left: ReadonlyMap<string, Resources[string]>, id: string): string[] {
  const { Properties = {}, DependsOn = [] } = left.get(id) ?? { Type: '' };
  return [
    ...referencesIn(Properties).map((one) => one.id),
    ...[DependsOn].flat().filter((one) => left.has(one)),
  ];
}

const resolvedIn = (stack: Resources, known: ReadonlyMap<string, Known>): Resources =>
  Object.fromEntries(
    Object.entries(stack).map(([id, { Type, Properties = {}, DependsOn = [] }]) => [
      id,
      {
        Type,
        Properties: resolved(Properties, known) as Record<string, Json>,
        DependsOn: [DependsOn].flat().filter((one) => one in stack),
      },
    ]),
  );

export async function createStack(
  client: CloudFormationClient,
  StackName: string,
  Resources: Resources,
  asked: readonly Reference[],
): Promise<Map<string, Known>> {
  const outputs = [
    ...new Map(asked.filter(({ id }) => id in Resources).map((one) => [keyOf(one), one])).values(),
  ];
  const Outputs = Object.fromEntries(
    outputs.map(({ id, attribute }, at) => [
      `O${at}`,
      { Value: attribute === undefined ? { Ref: id } : { 'Fn::GetAtt': [id, attribute] } },
    ]),
  );
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  if (stack?.StackStatus !== 'CREATE_COMPLETE') throw new Error(`${StackName} is ${stack?.StackStatus}`);
  const outputAt = (at: number) =>
    stack.Outputs?.find(({ OutputKey }) => OutputKey === `O${at}`)?.OutputValue ?? '';
  const made = new Map<string, Known>(Object.keys(Resources).map((id) => [id, { ref: '', attributes: {} }]));
  outputs.forEach(({ id, attribute }, at) => {
    const one = made.get(id);
    if (one && attribute !== undefined) one.attributes[attribute] = outputAt(at);
    else if (one) one.ref = outputAt(at);
  });
  return made;
}

const keyOf = ({ id, attribute }: Reference): string => `${id}.${attribute ?? ''}`;
