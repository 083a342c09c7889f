/** Pods, and the templates of the workloads that make them. */
import { each, harmless, members, metadata, resource, works, worksFor, type Support } from './support.ts';

const oneMachine = 'there is one node, and every Pod runs on it';

const timings = [
  'initialDelaySeconds',
  'periodSeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
  'terminationGracePeriodSeconds',
];

export const probe = members(each(works, 'httpGet', 'tcpSocket', 'exec', ...timings));

const keyRef = members(each(works, 'name', 'key', 'optional'));

const env = members({
  ...each(works, 'name', 'value'),
  valueFrom: members({ configMapKeyRef: keyRef, secretKeyRef: keyRef, ...each(works, 'fieldRef', 'resourceFieldRef') }),
});

export const container = members({
  ...each(works, 'name', 'image', 'command', 'args', 'envFrom'),
  env,
  ports: members({ ...each(works, 'name', 'containerPort'), protocol: worksFor('TCP') }),
  volumeMounts: members({
    ...each(works, 'name', 'mountPath', 'subPath', 'subPathExpr'),
    readOnly: harmless('not enforced: a program that writes there succeeds here and fails on a cluster'),
  }),
  ...each(probe, 'startupProbe', 'readinessProbe', 'livenessProbe'),
  lifecycle: members(each(members(each(works, 'httpGet', 'exec', 'sleep')), 'preStop', 'postStart')),
  resources: members({
    limits: members({ memory: works, '*': harmless('a process is given no less than it asks for') }),
    requests: harmless('nothing is scheduled by it on one machine'),
  }),
  imagePullPolicy: harmless('images are folders or native servers: nothing is pulled'),
  ...each(harmless('the last lines of the log are kept instead'), 'terminationMessagePath', 'terminationMessagePolicy'),
});

const mode = harmless('files belong to the user who runs hikyaku; those of Secrets can be read by nobody else');
const file = members({ ...each(works, 'key', 'path'), mode });
const keys = { items: file, optional: works, defaultMode: mode };
const downwardFiles = members({ ...each(works, 'path', 'fieldRef', 'resourceFieldRef'), mode });

export const volumes = members({
  name: works,
  configMap: members({ name: works, ...keys }),
  secret: members({ secretName: works, ...keys }),
  emptyDir: members({ medium: harmless('it is a folder on disk either way'), sizeLimit: harmless('the disk is the limit') }),
  persistentVolumeClaim: members(each(works, 'claimName', 'readOnly')),
  downwardAPI: members({ items: downwardFiles, defaultMode: mode }),
  projected: members({
    defaultMode: mode,
    sources: members({
      configMap: members({ name: works, items: file, optional: works }),
      secret: members({ name: works, items: file, optional: works }),
      downwardAPI: members({ items: downwardFiles }),
    }),
  }),
});

export const podSpec = members({
  ...each(container, 'containers', 'initContainers'),
  volumes,
  ...each(works, 'restartPolicy', 'terminationGracePeriodSeconds', 'enableServiceLinks'),
  ...each(
    harmless('no token is mounted: services do not call the Kubernetes API'),
    'serviceAccountName',
    'serviceAccount',
    'automountServiceAccountToken',
  ),
  ...each(
    harmless(oneMachine),
    'nodeName',
    'nodeSelector',
    'affinity',
    'tolerations',
    'topologySpreadConstraints',
    'schedulerName',
    'priority',
    'priorityClassName',
  ),
  imagePullSecrets: harmless('nothing is pulled'),
  dnsPolicy: worksFor('ClusterFirst'),
});

export const podTemplate: Support = members({ metadata, spec: podSpec });

export const pod = resource({ spec: podSpec });
