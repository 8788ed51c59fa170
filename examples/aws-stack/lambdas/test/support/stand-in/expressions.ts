import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Big } from 'big.js';
import { Failure } from './failure.ts';

export type Item = Record<string, AttributeValue>;

interface Expression {
  ExpressionAttributeValues?: Item | undefined;
}

/** The two conditions that the functions put. @throws {Failure} for any other */
export function holds(
  condition: string | undefined,
  item: Item | undefined,
  { ExpressionAttributeValues = {} }: Expression,
) {
  if (condition === undefined) return true;
  const [, absent] = /^attribute_not_exists\((\w+)\)$/.exec(condition) ?? [];
  if (absent !== undefined) return item?.[absent] === undefined;
  const [, name, placeholder] = /^(\w+) = (:\w+)$/.exec(condition) ?? [];
  if (name === undefined || placeholder === undefined)
    throw new Failure('ValidationException', `not played here: ${condition}`);
  return JSON.stringify(item?.[name]) === JSON.stringify(ExpressionAttributeValues[placeholder]);
}

/** `ADD a :b, c :d` on numbers. @throws {Failure} for any other, and for a sum that DynamoDB cannot hold */
export function added(expression: string, item: Item, { ExpressionAttributeValues = {} }: Expression): Item {
  const [, list] = /^ADD (\w+ :\w+(?:, \w+ :\w+)*)$/.exec(expression) ?? [];
  if (list === undefined) throw new Failure('ValidationException', `not played here: ${expression}`);
  const sums = list.split(', ').map((pair) => {
    const [name = '', placeholder = ''] = pair.split(' ');
    return [name, { N: sum(item[name]?.N ?? '0', ExpressionAttributeValues[placeholder]?.N ?? '') }] as const;
  });
  return { ...item, ...Object.fromEntries(sums) };
}

/** Exact, up to 38 digits. Source: Amazon DynamoDB Developer Guide, "Data types: Number". */
function sum(a: string, b: string): string {
  const result = new Big(a).plus(b);
  if (result.c.length > 38) throw new Failure('ValidationException', 'Number overflow');
  return result.toFixed();
}
