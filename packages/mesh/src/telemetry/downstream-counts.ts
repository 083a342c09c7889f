/**
 * Requests by where they came in, for managers of connections that have a name for their statistics: Envoy's `http.<stat_prefix>.…`. Managers may
 * share a name, and then share the figures.
 */
import { formatLabels } from './prometheus.ts';
import type { Family } from './prometheus.ts';

export class DownstreamCounts {
  requests = 0;
  active = 0;
  /** 1xx, 2xx, … */
  readonly byClass = [0, 0, 0, 0, 0];

  begin(): void {
    this.requests++;
    this.active++;
  }

  /** `status` is 0 where there was no answer. */
  end(status: number): void {
    this.active--;
    const index = Math.floor(status / 100) - 1;
    if (index >= 0) this.byClass[index] = (this.byClass[index] ?? 0) + 1;
  }
}

export function downstreamFamilies(byPrefix: ReadonlyMap<string, DownstreamCounts>): Family[] {
  const name = (figure: string) => `envoy_http_downstream_rq_${figure}`;
  const total: Family = { name: name('total'), isNameWhole: true, type: 'counter', help: 'Requests that came in.', samples: [] };
  const active: Family = { name: name('active'), type: 'gauge', help: 'Requests under way now.', samples: [] };
  const classes: Family = { name: name('xx'), isNameWhole: true, type: 'counter', help: 'Answers by class.', samples: [] };
  for (const [prefix, counts] of byPrefix) {
    const labels = formatLabels({ envoy_http_conn_manager_prefix: prefix });
    total.samples.push({ labels, value: counts.requests });
    active.samples.push({ labels, value: counts.active });
    for (const [index, value] of counts.byClass.entries())
      classes.samples.push({ labels: `envoy_response_code_class="${index + 1}",${labels}`, value });
  }
  return [total, active, classes];
}
