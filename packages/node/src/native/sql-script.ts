/**
 * Splits an SQL script into statements as psql would: the server takes a text of several as one transaction, in which CREATE DATABASE is
 * not allowed. Of psql's own commands, `\connect` and `\gexec` are understood.
 */

/** `isGexec`: the values that the statement gives are statements, which are to be run. */
export type ScriptStep =
  { sql: string; isGexec?: boolean; connectTo?: undefined } | { connectTo: string; sql?: undefined; isGexec?: undefined };

/** What a semicolon inside ends nothing, the end of a statement, `\gexec` (also at the end of a line), another command of psql, or any other character. */
const TOKEN = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'`,
    String.raw`'(?:[^']|'')*'`,
    String.raw`"(?:[^"]|"")*"`,
    String.raw`\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?\$\k<tag>\$`,
    String.raw`(?<end>;)`,
    String.raw`(?<gexec>(?:^[ \t]*)?\\gexec\b)`,
    String.raw`(?<command>^[ \t]*\\[^\n]*)`,
    String.raw`[\s\S]`,
  ].join('|'),
  'gmu',
);

/** Throws for commands of psql other than these, naming the line. */
export function splitScript(text: string): ScriptStep[] {
  const steps: ScriptStep[] = [];
  let statement = '';
  const finish = (isGexec = false) => {
    if (!isEmpty(statement)) steps.push({ sql: statement.trim(), ...(isGexec && { isGexec }) });
    statement = '';
  };
  for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
    if (groups?.end !== undefined) finish();
    else if (groups?.gexec !== undefined) finish(true);
    else if (groups?.command !== undefined) {
      finish();
      const step = readCommand(groups.command.trim(), text.slice(0, index).split('\n').length);
      if (step) steps.push(step);
    } else statement += token;
  }
  finish();
  return steps;
}

function readCommand(command: string, line: number): ScriptStep | undefined {
  const [, database] = /^\\c(?:onnect)?\s+"?([^\s"]+)"?/.exec(command) ?? [];
  if (database !== undefined) return { connectTo: database };
  // The first error ends the script anyhow.
  if (/^\\(set\s+ON_ERROR_STOP|echo)\b/.test(command)) return undefined;
  throw new Error(`line ${line}: ${command.split(/\s/)[0] ?? command} is a command of psql that is not supported`);
}

function isEmpty(statement: string): boolean {
  return statement.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}
