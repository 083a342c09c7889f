/**
 * An /etc/hosts for every Pod, for programs that ask the system for names: Services as `hosts.ts` has them, "this machine" as the Pod
 * itself, and what the machine's own file says of others. The files are rewritten in place, because processes have them mounted over
 * /etc/hosts (`mount-namespace.ts`) and would not see one that took their place.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface HostsOwner {
  namespace: string;
  /** The Pod's own directory: the file goes with it. */
  directory: string;
  podIp: string;
  hostname: string;
}

export interface EtcHosts {
  /** Path of the Pod's file, which is kept current from now on. */
  file(owner: HostsOwner): Promise<string>;
  /** Writes what changed. */
  refresh(): Promise<void>;
}

/**
 * `linesOf` gives the lines for Services as seen from a namespace; those of Services without an address begin with `-`. Wildcards are for Node
 * programs, whose names are looked up by the preload: hosts(5) has none.
 */
export function createEtcHosts(linesOf: (namespace: string) => string, machineFile = '/etc/hosts'): EtcHosts {
  const kept = new Map<string, { owner: HostsOwner; text: string }>();

  async function write(file: string, owner: HostsOwner): Promise<void> {
    const text = formatEtcHosts(owner, linesOf(owner.namespace), await readFile(machineFile, 'utf8').catch(() => ''));
    if (kept.get(file)?.text === text) return;
    kept.set(file, { owner, text });
    await overwrite(file, text);
  }

  return {
    async file(owner) {
      const file = join(owner.directory, 'etc/hosts');
      await mkdir(dirname(file), { recursive: true, mode: 0o755 });
      await write(file, owner);
      return file;
    },
    async refresh() {
      for (const [file, { owner }] of [...kept]) {
        // The Pod and its directory have gone.
        await write(file, owner).catch(() => kept.delete(file));
      }
    },
  };
}

export function formatEtcHosts({ podIp, hostname }: HostsOwner, serviceLines: string, machine: string): string {
  const services = serviceLines.split('\n').filter((line) => line !== '' && !line.startsWith('-') && !line.includes('*'));
  const others = machine.split('\n').filter((line) => /^[\da-f]/i.test(line) && !/^(?:127\.|::1\s)/.test(line));
  return [`${podIp} localhost ${hostname}`, ...services, ...others, ''].join('\n');
}

/** One write and then the cut, so that a reader finds a whole file at nearly every moment. Fails when the directory is gone. */
async function overwrite(file: string, text: string): Promise<void> {
  // Created where it is not there; never replaced.
  const handle = await open(file, 'a+', 0o644).then(async (created) => {
    await created.close();
    return open(file, 'r+');
  });
  try {
    await handle.write(text, 0);
    await handle.truncate(Buffer.byteLength(text));
  } finally {
    await handle.close();
  }
}
