/**
 * Names for the parts of a Pod that the node works with.
 */
import type { Pod } from '@hikyaku/resources';

export type PodSpec = NonNullable<Pod['spec']>;
export type PodStatus = NonNullable<Pod['status']>;
export type ContainerSpec = PodSpec['containers'][number];
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
export type ContainerState = NonNullable<ContainerStatus['state']>;
export type EnvVar = NonNullable<ContainerSpec['env']>[number];
export type EnvFromSource = NonNullable<ContainerSpec['envFrom']>[number];
export type Volume = NonNullable<PodSpec['volumes']>[number];
export type VolumeMount = NonNullable<ContainerSpec['volumeMounts']>[number];
export type Probe = NonNullable<ContainerSpec['readinessProbe']>;
export type Hook = NonNullable<NonNullable<ContainerSpec['lifecycle']>['preStop']>;
export type HttpAction = NonNullable<Probe['httpGet']>;
