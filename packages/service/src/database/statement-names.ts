/**
 * Names under which PostgreSQL keeps a statement prepared on each connection: it is then parsed and planned a few times rather than at every call, which
 * was a third of the server's time for statements as short as a service's. Knows texts only; pool.ts sends them.
 */

export interface StatementNames {
  /** Undefined: to be sent as it is. */
  nameOf(sql: string): string | undefined;
  /**
   * Every statement gets a new name, so each connection prepares it anew. For when the tables have changed under the statements: the server refuses a
   * prepared one whose result has other columns than before (SQLSTATE 0A000).
   */
  renew(): void;
}

/** Texts are constants of the program. Should one be made up at every call, the connections must not fill with them. */
const mostNames = 500;

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  let count = 0;
  return {
    nameOf(sql) {
      const known = names.get(sql);
      if (known !== undefined || names.size >= mostNames) return known;
      count += 1;
      const name = `s${count}`;
      names.set(sql, name);
      return name;
    },
    renew: () => names.clear(),
  };
}
