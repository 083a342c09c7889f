/** What holds data: claims, ConfigMaps and Secrets. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const oneDisk = 'a claim is a folder of this machine’s disk';

export const persistentVolumeClaim = resource({
  spec: members({
    ...each(harmless(oneDisk), 'accessModes', 'resources', 'storageClassName', 'volumeName'),
    volumeMode: worksFor('Filesystem'),
  }),
});

export const configMap = resource(each(works, 'data', 'binaryData', 'immutable'));

export const secret = resource(each(works, 'data', 'stringData', 'immutable', 'type'));
