/** What the tools know of the container that they run in. */
import process from 'node:process';

export function environment(): { podIp: string; env: Record<string, string> } {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return { podIp: env.HIKYAKU_POD_IP ?? '127.0.0.1', env };
}
