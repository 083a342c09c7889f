/**
 * Listening on this machine and nowhere else.
 */

/** On 127.0.0.1 and, where there is IPv6, on [::1]. Returns the port; rejects when it is taken. 0 lets the system choose. */
export async function listenOnLoopback(listen: (host: string, port: number) => Promise<number>, port: number): Promise<number> {
  const chosen = await listen('127.0.0.1', port);
  try {
    await listen('::1', chosen);
  } catch (error) {
    if (!isMissingAddress(error)) throw error;
  }
  return chosen;
}

function isMissingAddress(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
}
