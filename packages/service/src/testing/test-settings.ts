/** Settings of a service under test: a free port, no log, no pause before it closes. A test adds its own to them. */
export const testSettings = { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', DRAIN_DELAY_MS: '0' } as const;
