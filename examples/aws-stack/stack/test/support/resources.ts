import type { Template } from 'aws-cdk-lib/assertions';
import type { Json } from './policies.ts';

export type Properties = { [name: string]: Json };

export interface Found {
  id: string;
  /** Of the constructs, such as `Pipeline/ToDecrypt/Queue`. */
  path: string;
  properties: Properties;
  deletion: string | undefined;
  replacement: string | undefined;
}

/** All resources of a type, such as `AWS::KMS::Key`. */
export const resourcesOf = (template: Template, type: string): Found[] =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({
    id,
    path: String(resource['Metadata']?.['aws:cdk:path'] ?? '')
      .replace(/^[^/]+\//, '')
      .replace(/\/Resource$/, ''),
    properties: (resource['Properties'] ?? {}) as Properties,
    deletion: resource['DeletionPolicy'],
    replacement: resource['UpdateReplacePolicy'],
  }));

/** Logical ids replaced by the paths of their constructs, so that a test reads what is meant. */
export function readable(template: Template, value: unknown): string {
  const { Resources } = template.toJSON() as {
    Resources: Record<string, { Metadata?: Record<string, string> }>;
  };
  return Object.entries(Resources).reduce((text, [id, { Metadata }]) => {
    const path = (Metadata?.['aws:cdk:path'] ?? id).replace(/^[^/]+\//, '').replace(/\/Resource$/, '');
    return text.replaceAll(`"${id}"`, JSON.stringify(path));
  }, JSON.stringify(value));
}
