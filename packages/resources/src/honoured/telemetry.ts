/** Istio's Telemetry. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const providers = members({ name: works });
const match = members({ mode: works });

export const telemetry = resource({
  spec: members({
    selector: members({ matchLabels: works }),
    ...each(members({ group: works, kind: worksFor('Gateway'), ...each(works, 'name', 'namespace') }), 'targetRef', 'targetRefs'),
    accessLogging: members({ providers, match, disabled: works, filter: members({ expression: works }) }),
    tracing: members({
      providers,
      match,
      ...each(works, 'randomSamplingPercentage', 'disableSpanReporting'),
      customTags: members({
        '*': members({ literal: members({ value: works }), header: members(each(works, 'name', 'defaultValue')) }),
      }),
      useRequestIdForTraceSampling: harmless('a trace is sampled or not as a whole, by its first hop'),
    }),
  }),
});
