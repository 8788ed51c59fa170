import { routingOf } from './api-route.ts';
import type { CheckName } from './checks.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { ControlPlaneObservation, MethodFacts } from './control-plane.ts';
import { isSurelyAbsent, unseen } from './control-unseen.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { judgeMapping } from './judge-control-mapping.ts';
import { listed, printable } from './text.ts';

/** The way from the name through a mapping to a deployed method. */
export const API_JUDGES = {
  'control-plane.mapping': judgeMapping,
  'control-plane.stage': judgeStage,
  'control-plane.method': judgeMethod,
} satisfies Partial<Record<CheckName, ControlJudge>>;

const NO_API = 'No mapping and no --api names an API (control-plane.mapping).';

function judgeStage({ seen, plan }: ControlEvidence): Finding {
  const check = 'control-plane.stage';
  const { api, stage, deployment } = seen;
  if (api === null) return finding(check, 'skipped', NO_API);
  if (api.call.outcome === 'not_found') {
    return finding(
      check,
      'critical',
      `The API ${apiIdOf(seen, plan)} is not in ${seen.region} of this account.`,
      {
        observed: 'none',
        fix: 'Map the name to an API that exists; else look at the region and the account.',
      },
    );
  }
  if (api.value === null) return unseen(check, api, 'The API');
  if (stage === null) return finding(check, 'skipped', 'Neither a mapping nor --stage names a stage.');
  if (stage.call.outcome === 'not_found') {
    return finding(check, 'critical', `The API ${api.value.id} has no such stage.`, { observed: 'none' });
  }
  if (stage.value === null) return unseen(check, stage, 'The stage');
  const { name, deployment: id, is_deployed_automatically } = stage.value;
  if (id === null && !is_deployed_automatically) {
    return finding(check, 'critical', `Nothing was deployed to the stage ${printable(name)}.`, {
      observed: 'no deployment',
    });
  }
  const since = deployment?.value?.created_at ?? stage.value.updated_at;
  return finding(
    check,
    'ok',
    `The stage ${printable(name)} of the ${api.value.kind} API ${api.value.id} is deployed.`,
    {
      observed: printable([id ?? 'deployed automatically', since && `of ${since}`].filter(Boolean).join(' ')),
    },
  );
}

const apiIdOf = (seen: ControlPlaneObservation, { path, aws }: Plan): string =>
  printable(routingOf(seen, path).route?.api ?? aws?.api ?? '');

function judgeMethod({ seen, plan: { path: asked, aws } }: ControlEvidence): Finding {
  const check = 'control-plane.method';
  const { api, stage, deployment, methods } = seen;
  if (api === null) return finding(check, 'skipped', NO_API);
  if (api.value === null || stage === null || stage.value === null) {
    return finding(check, 'skipped', 'The API and its stage were not seen (control-plane.stage).');
  }
  const path = routingOf(seen, asked).route?.path ?? asked.split('?', 1)[0] ?? asked;
  const expected = `POST ${path}${aws?.stage ? ` in ${aws.stage}` : ''}`;
  const deployed = deployment?.value?.methods;
  const current = methods?.value ?? null;
  const [live, edited] = [deployed && taking(deployed, path), current && taking(current, path)];
  if (live)
    return finding(check, 'ok', `What is deployed takes POST at ${path}.`, {
      observed: methodText(live),
      expected,
    });
  if (deployed && edited) {
    return finding(check, 'critical', `POST at ${path} was made, and never deployed to the stage.`, {
      observed: `not in deployment ${printable(deployment?.value?.id ?? '')}: ${methodText(edited)}`,
      expected,
      fix: `Deploy the API ${api.value.id} to the stage.`,
    });
  }
  if (deployment !== null && deployment.value === null) return unseen(check, deployment, 'What is deployed');
  if (!deployed && edited) {
    const isSure = api.value.kind !== 'REST' && stage.value.is_deployed_automatically;
    const doubt = isSure ? '' : '; whether it is deployed was not seen';
    return finding(check, 'ok', `The API takes POST at ${path}${doubt}.`, {
      observed: methodText(edited),
      expected,
    });
  }
  if (!deployed && methods !== null && !isSurelyAbsent(methods))
    return unseen(check, methods, 'The methods of the API');
  return finding(check, 'critical', `The API takes no POST at ${path}.`, {
    observed: listed((deployed ?? current ?? []).map(methodText)) || 'no method at all',
    expected,
  });
}

const methodText = ({ method, path, authorization, needs_api_key }: MethodFacts): string => {
  const demands = [authorization === 'NONE' ? null : authorization, needs_api_key ? 'API key' : null];
  return printable([`${method} ${path}`, ...demands.filter((demand) => demand !== null)].join(', '));
};

/** The method that takes a POST there: the exact path first, then the greedy ones, then the last resort. */
export function taking(methods: readonly MethodFacts[], path: string): MethodFacts | undefined {
  const able = methods.filter(({ method }) => method === 'POST' || method === 'ANY');
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
  const exact = able.find((one) => one.path === plain);
  return exact ?? able.find((one) => matches(one.path, plain)) ?? able.find((one) => one.path === '$default');
}

/** `{name}` stands for one segment, `{name+}` for all that follow. */
function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  const greedy = wanted.findIndex((segment) => /^\{[^}]+\+\}$/.test(segment));
  if (greedy >= 0) {
    return given.length > greedy && given[greedy] !== '' && sameSegments(wanted.slice(0, greedy), given);
  }
  return wanted.length === given.length && sameSegments(wanted, given);
}

const sameSegments = (wanted: readonly string[], given: readonly string[]): boolean =>
  wanted.every((segment, i) => segment === given[i] || (/^\{[^}]+\}$/.test(segment) && given[i] !== ''));
