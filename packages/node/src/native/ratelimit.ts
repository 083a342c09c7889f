/**
 * The `envoyproxy/ratelimit` image: the service that Envoy asks for global rate limits. hikyaku's proxy needs none, for it counts by
 * itself with that service's configuration, read from the Pod. So that manifests with the service run unchanged, its Pod is there and
 * does nothing.
 */
import type { NativeImage } from '../images/image.ts';

export const ratelimit: NativeImage = {
  async prepare(container) {
    await container.log(
      'nothing runs here: the mesh counts by itself, with the configuration that this Pod mounts and the Redis that REDIS_URL names',
    );
    return ['tail', '-f', '/dev/null'];
  },
};
