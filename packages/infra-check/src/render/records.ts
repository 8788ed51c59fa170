import { isSoldName } from '../core/names.ts';
import type { RoadRecord, RoadRecords } from '../core/road-records.ts';
import { safeJson } from '../core/text.ts';

export const RECORD_FORMATS = ['bind', 'csv', 'json', 'terraform'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

const RENDERERS: Readonly<Record<RecordFormat, (found: RoadRecords) => string>> = {
  bind,
  csv,
  json: (found) => `${safeJson(found, 2)}\n`,
  terraform,
};

/** Names and values were checked: nothing in them has a meaning of its own in any of the formats. */
export const renderRecords = (found: RoadRecords, format: RecordFormat): string => RENDERERS[format](found);

/** RFC 1035, 5: every name is complete. A zone file knows no alias, for which a CNAME does the same below the top. */
function bind({ zone, records }: RoadRecords): string {
  const lines = records.flatMap((record) => {
    const { name, type, ttl, values, alias, purpose } = record;
    const comment = `; ${purpose}`;
    if (alias === null) {
      const data = values.map((value) => (type === 'CNAME' ? `${value}.` : value));
      return [comment, ...data.map((value) => `${name}. ${ttl} IN ${type} ${value}`), ''];
    }
    if (type === 'AAAA') return [];
    const atTop = name === zone || (zone === null && isSoldName(name));
    const why = '; In Route 53 this is an alias record; a zone file has a CNAME in its place';
    return atTop
      ? [
          comment,
          `; ${name}. needs an alias to ${alias.target}. (or ALIAS, ANAME): no CNAME may stand at the top of a zone`,
          '',
        ]
      : [comment, `${why}.`, `${name}. ${CNAME_TTL_S} IN CNAME ${alias.target}.`, ''];
  });
  return lines.join('\n');
}

/** As long as Route 53 keeps the addresses of an alias to a gateway. */
const CNAME_TTL_S = 60;

const HEADER = ['name', 'type', 'ttl', 'value', 'alias_zone_id', 'purpose'];

/** RFC 4180; an alias has the type ALIAS-A or ALIAS-AAAA. */
function csv({ records }: RoadRecords): string {
  const rows = records.flatMap(({ name, type, ttl, values, alias, purpose }) =>
    alias
      ? [[name, `ALIAS-${type}`, '', alias.target, alias.zone_id ?? '', purpose]]
      : values.map((value) => [name, type, String(ttl), value, '', purpose]),
  );
  return [HEADER, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const quoted = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replaceAll('${', '$${').replaceAll('%{', '%%{')}"`;

/** Resources of the AWS provider; what is not known is a variable. */
function terraform({ zone_id, records }: RoadRecords): string {
  const aliasZoneIsUnknown = records.some(({ alias }) => alias && alias.zone_id === null);
  return [
    variable('zone_id', 'The id of the hosted zone that holds the name.', zone_id),
    ...(aliasZoneIsUnknown
      ? [
          variable(
            'alias_zone_id',
            'The hosted zone id that the custom domain name shows for its target.',
            null,
          ),
        ]
      : []),
    ...records.map(resource),
  ].join('\n');
}

const variable = (name: string, description: string, value: string | null): string =>
  [
    `variable "${name}" {`,
    '  type        = string',
    `  description = ${quoted(description)}`,
    ...(value === null ? [] : [`  default     = ${quoted(value)}`]),
    '}',
    '',
  ].join('\n');

function resource({ name, type, ttl, values, alias, purpose }: RoadRecord): string {
  const label = `${name}_${type}`.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const body = alias
    ? [
        '  alias {',
        `    name                   = ${quoted(alias.target)}`,
        `    zone_id                = ${alias.zone_id === null ? 'var.alias_zone_id' : quoted(alias.zone_id)}`,
        '    evaluate_target_health = true',
        '  }',
      ]
    : [`  ttl     = ${ttl}`, `  records = [${values.map(quoted).join(', ')}]`];
  return [
    `# ${purpose}`,
    `resource "aws_route53_record" "road_${label.replace(/^_+/, '')}" {`,
    '  zone_id = var.zone_id',
    `  name    = ${quoted(name)}`,
    `  type    = ${quoted(type)}`,
    ...body,
    '}',
    '',
  ].join('\n');
}
