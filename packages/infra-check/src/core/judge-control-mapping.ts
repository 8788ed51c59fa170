import { type ApiRoute, mappingsOf, routingOf, usesRules } from './api-route.ts';
import type { AwsAnswer } from './aws-call.ts';
import type { ControlEvidence } from './control-evidence.ts';
import type { ControlPlaneObservation, MappingFacts, RoutingRuleFacts } from './control-plane.ts';
import { isSurelyAbsent, unseen } from './control-unseen.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { domainOr } from './judge-control-domain.ts';
import { listed, printable } from './text.ts';

/** Whether the path leads to the API and the stage that are expected. */
export function judgeMapping({ seen, host, plan: { path, aws } }: ControlEvidence): Finding {
  const check = 'control-plane.mapping';
  if (seen.api_mappings === null && seen.base_path_mappings === null) {
    const missing = domainOr(check, seen);
    if ('check' in missing) return missing;
  }
  const { route, conditional, ignored } = routingOf(seen, path);
  const failed = failedList(seen);
  if (route === null)
    return failed ? unseen(check, failed, 'The list of mappings') : notRouted(seen, host, path, ignored);
  const observed = printable(`${route.by}: ${route.api}, stage ${route.stage ?? '(none)'}`);
  const expected = [aws?.api && `API ${aws.api}`, `stage ${aws?.stage ?? 'of any name'}`]
    .filter(Boolean)
    .join(', ');
  const complaint = complaintOf(route, path, aws);
  if (complaint) return finding(check, 'critical', complaint, { observed, expected });
  if (conditional.length > 0) {
    return finding(
      check,
      'warning',
      `Before ${route.by}, ${conditional.length} routing rules look at headers: some requests may go elsewhere.`,
      {
        observed: `${observed}; before it ${listed(conditional.map(ruleText))}`,
        expected,
        fix: 'Look whether a till could send such a header; else give those rules a lower precedence.',
      },
    );
  }
  if (usesRules(seen.domain?.value?.routing_mode ?? null) && seen.routing_rules?.value === null) {
    return unseen(check, seen.routing_rules, 'The routing rules, which come before the mappings');
  }
  return finding(check, 'ok', `${path} leads to stage ${route.stage} of ${route.api} by ${route.by}.`, {
    observed,
    expected,
  });
}

/** One of the lists without which nobody can say that there is no mapping. */
function failedList(seen: ControlPlaneObservation): AwsAnswer<unknown> | undefined {
  const { api_mappings, base_path_mappings, routing_rules } = seen;
  const rules = usesRules(seen.domain?.value?.routing_mode ?? null) ? [routing_rules] : [];
  const mappings = isSurelyAbsent(api_mappings) || isSurelyAbsent(base_path_mappings) ? [] : [api_mappings];
  return [...rules, ...mappings].find((answer) => answer !== null && !isSurelyAbsent(answer)) ?? undefined;
}

function notRouted(
  seen: ControlPlaneObservation,
  host: string,
  path: string,
  ignored: readonly MappingFacts[],
): Finding {
  const check = 'control-plane.mapping';
  if (ignored.length > 0) {
    return finding(
      check,
      'critical',
      `${host} obeys routing rules only, and none of them takes ${path}: its mappings are ignored.`,
      {
        observed: `ROUTING_RULE_ONLY; ignored: ${listed(ignored.map(mappingText))}`,
        expected: `a routing rule for ${path}`,
        fix: 'Add a routing rule for the path, or let the custom domain name use mappings too (its routing mode).',
      },
    );
  }
  const others = [...mappingsOf(seen).map(mappingText), ...(seen.routing_rules?.value ?? []).map(ruleText)];
  return finding(
    check,
    'critical',
    `Nothing leads ${host}${path} to an API: it is answered with Forbidden.`,
    { observed: others.length > 0 ? listed(others) : 'no mapping', expected: 'a mapping of the empty path' },
  );
}

function complaintOf({ by, api, stage }: ApiRoute, path: string, aws: Plan['aws']): string | undefined {
  if (aws?.api && api !== aws.api)
    return `${path} leads to the API ${printable(api)} and not to ${aws.api} (${by}).`;
  if (stage === null)
    return `The way of ${path} names no stage: only /<stage>${path} would be answered (${by}).`;
  if (aws?.stage && stage !== aws.stage)
    return `${path} leads to the stage ${printable(stage)} and not to ${aws.stage} (${by}).`;
  return;
}

const mappingText = ({ base_path, api, stage }: MappingFacts): string =>
  printable(`${base_path || '(empty path)'} -> ${api}/${stage ?? '(none)'}`);

const ruleText = ({ priority, base_paths, headers, api, stage }: RoutingRuleFacts): string =>
  printable(
    `rule ${priority} (${[...base_paths.map((base) => `/${base}`), ...headers].join(', ') || 'all'}) -> ${api}/${stage ?? '(none)'}`,
  );
