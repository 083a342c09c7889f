/**
 * The postStart and preStop hooks of a container.
 */
import type { Hook } from '../pod/types.ts';
import { portOf, sendHttp, type CheckTarget } from '../probes/checks.ts';
import { sleep } from '../timing.ts';

/** Throws when the hook fails; an abort ends it without an error. */
export async function runHook({ exec, httpGet, sleep: pause }: Hook, target: CheckTarget, signal: AbortSignal): Promise<void> {
  if (pause) await sleep(pause.seconds * 1000, signal);
  if (httpGet) {
    const response = await sendHttp(httpGet, httpGet.host ?? target.podIp, portOf(httpGet.port, target.container), signal);
    response.destroy();
    if ((response.statusCode ?? 500) >= 400) throw new Error(`HTTP ${response.statusCode ?? 0}`);
  }
  if (exec) {
    const { code, output } = await target.exec(exec.command ?? [], signal);
    if (code !== 0 && !signal.aborted) throw new Error(`exit code ${code}${output && `: ${output}`}`);
  }
}
