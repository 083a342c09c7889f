/** Pods and Pod templates. */
import { fill, optional, records, type Fields } from './fill.ts';

export function defaultPodSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    enableServiceLinks: true,
  });
  // Kubernetes keeps the older name of the field in step.
  if (spec.serviceAccountName === undefined && typeof spec.serviceAccount === 'string')
    spec.serviceAccountName = spec.serviceAccount;
  for (const container of [...records(spec, 'initContainers'), ...records(spec, 'containers')]) defaultContainer(container);
  for (const volume of records(spec, 'volumes')) defaultVolume(volume);
}

function defaultContainer(container: Fields): void {
  fill(container, {
    imagePullPolicy: pullPolicy(container.image),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of records(container, 'ports')) fill(port, { protocol: 'TCP' });
  for (const variable of records(container, 'env')) {
    const fieldRef = optional(optional(variable, 'valueFrom') ?? {}, 'fieldRef');
    if (fieldRef) fill(fieldRef, { apiVersion: 'v1' });
  }
  for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    const probe = optional(container, name);
    if (probe) defaultProbe(probe);
  }
  const lifecycle = optional(container, 'lifecycle') ?? {};
  for (const name of ['preStop', 'postStart']) defaultHttpGet(optional(lifecycle, name));
  defaultRequests(optional(container, 'resources') ?? {});
}

/** `latest`, said or meant, is pulled each time; any other tag and every digest once. */
function pullPolicy(image: unknown): string {
  const name = typeof image === 'string' ? image.slice(image.lastIndexOf('/') + 1) : '';
  return !name.includes('@') && (!name.includes(':') || name.endsWith(':latest')) ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Fields): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  defaultHttpGet(probe);
}

function defaultHttpGet(handler: Fields | undefined): void {
  const httpGet = handler && optional(handler, 'httpGet');
  if (httpGet) fill(httpGet, { path: '/', scheme: 'HTTP' });
}

/** What is limited is requested in the same amount. */
function defaultRequests(resources: Fields): void {
  const limits = optional(resources, 'limits');
  if (limits === undefined) return;
  resources.requests = { ...limits, ...optional(resources, 'requests') };
}

const fileMode = 0o644;

function defaultVolume(volume: Fields): void {
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    const present = optional(volume, source);
    if (present) fill(present, { defaultMode: fileMode });
  }
}
