/**
 * Turns Pods into processes. In the order things happen:
 *
 *   the node: all Pods            node.ts
 *   one Pod                       pod/         worker, status, what it may know of itself
 *   its address and names         network/     addresses, hosts files
 *   its volumes                   volumes/
 *   what an image name means      images/      hikyaku.yaml, workspace folders
 *   servers run natively          native/      postgres
 *   types stripped once for all   compile-cache/  before Node programs start
 *   one container                 container/   environment, launch, restarts, hooks
 *   its process group             process/     and the watchdog that outlives us
 *   its health                    probes/
 *   its log                       logs/
 *   inside Node programs          ../preload/  the Pod's address and files, without a container
 */
export type { ImageResolution, ResolvedImage, UnresolvedImage } from './images/image.ts';
export type { Images } from './images/images.ts';
export { createNode, type ContainerProcess, type HikyakuNode, type NodeOptions } from './node.ts';
