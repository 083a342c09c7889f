/**
 * What the node's parts share, and what the parts of one Pod share.
 */
import type { ConfigMap, EventRecorder, Informer, Pod, ResourceClient, Secret, Service } from '@hikyaku/resources';
import type { CompileCache } from '../compile-cache/compile-cache.ts';
import type { Images } from '../images/images.ts';
import type { AddressPool } from '../network/addresses.ts';
import type { EtcHosts } from '../network/etc-hosts.ts';
import type { HostsFiles } from '../network/hosts.ts';
import type { Watchdog } from '../process/watchdog.ts';
import type { Configuration } from './configuration.ts';

/** The mesh's, for ../../preload/zero-hop.cjs. */
export interface ZeroHop {
  /** A CommonJS file that exports `mount`. */
  module: string;
  socketPath: string;
}

export interface NodeContext {
  client: ResourceClient;
  /** `.hikyaku`, absolute. */
  stateDir: string;
  workspaceRoot: string;
  logsDirectory: string;
  configMaps: Informer<ConfigMap>;
  secrets: Informer<Secret>;
  services: Informer<Service>;
  images: Images;
  compileCache: CompileCache;
  hosts: HostsFiles;
  etcHosts: EtcHosts;
  /** Undefined: all calls go through the node's proxy. */
  zeroHop: ZeroHop | undefined;
  addresses: AddressPool;
  watchdog: Watchdog;
  recordEvent: EventRecorder;
  /** Takes what no Pod's events can say: an error that is nobody's fault but ours. */
  report: (error: unknown) => void;
}

export interface PodContext {
  node: NodeContext;
  /** As last seen; replaced when the object changes. */
  pod: Pod;
  namespace: string;
  podIp: string;
  /** The Pod's own directory: home, temporary files and volumes; it goes with the Pod. */
  directory: string;
  configuration: Configuration;
}
