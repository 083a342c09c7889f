/**
 * A Pod's volumes as directories. Those made of configuration follow it while the Pod runs; claims outlive the Pod.
 */
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { PersistentVolumeClaims, type PersistentVolumeClaim } from '@hikyaku/resources';
import { WaitingError } from '../pod/configuration.ts';
import type { PodContext } from '../pod/context.ts';
import type { Volume } from '../pod/types.ts';
import { writeFilesAtomically } from './atomic-files.ts';
import { projectVolume } from './projection.ts';

const preparing = new WeakMap<PodContext, Promise<void>>();

/** Brings every volume up to date. Throws a WaitingError that says what is missing. One at a time for each Pod. */
export function prepareVolumes(pod: PodContext): Promise<void> {
  const before = preparing.get(pod) ?? Promise.resolve();
  const next = before.catch(() => undefined).then(() => prepareAll(pod));
  preparing.set(pod, next);
  return next;
}

async function prepareAll(pod: PodContext): Promise<void> {
  for (const volume of pod.pod.spec?.volumes ?? []) await prepareVolume(volume, pod);
}

async function prepareVolume(volume: Volume, pod: PodContext): Promise<void> {
  const directory = volumeDirectory(pod, volume.name);
  const files = projectVolume(volume, pod);
  if (files) await writeFilesAtomically(directory, files);
  else if (volume.emptyDir) await mkdir(directory, { recursive: true, mode: 0o700 });
  else if (volume.persistentVolumeClaim) await bindClaim(volume.persistentVolumeClaim.claimName, directory, pod);
  else if (!volume.hostPath)
    throw new WaitingError('CreateContainerConfigError', `volume "${volume.name}" is of a kind that is not supported`);
}

/** The directory a volume of the Pod is (or will be) in. */
export function volumeDirectory({ pod, namespace, directory, node }: PodContext, name: string): string {
  const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name);
  const claim = volume?.persistentVolumeClaim?.claimName;
  if (claim !== undefined) return join(node.stateDir, 'volumes', namespace, claim);
  const hostPath = volume?.hostPath?.path;
  if (hostPath !== undefined) return isAbsolute(hostPath) ? hostPath : join(node.workspaceRoot, hostPath);
  return join(directory, 'volumes', name);
}

async function bindClaim(name: string, directory: string, { namespace, node }: PodContext): Promise<void> {
  const claim = await node.client.get(PersistentVolumeClaims, namespace, name);
  if (!claim) throw new WaitingError('CreateContainerConfigError', `persistentvolumeclaim "${name}" not found`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (claim.status?.phase !== 'Bound') await node.client.updateStatus(PersistentVolumeClaims, bound(claim));
}

function bound(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { accessModes = [], resources } = claim.spec ?? {};
  const capacity = resources?.requests;
  return { ...claim, status: { ...claim.status, phase: 'Bound', accessModes, ...(capacity && { capacity }) } };
}
