/**
 * What must never stand in a log, whoever asks for it: credentials in header fields, and in queries.
 */

const secretFields = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'x-auth-token']);

export function isSecretField(lowerName: string): boolean {
  return secretFields.has(lowerName);
}

const secretParameter =
  /^(?:.*[_-])?(?:token|code|password|passwd|secret|key|apikey|signature|sig|auth|credential|jwt|session|sessionid|assertion)$/i;

/** The target with the values of such parameters blotted out: `/login?code=***&state=1`. */
export function redactQuery(target: string): string {
  const query = target.indexOf('?');
  if (query === -1) return target;
  const parameters = target.slice(query + 1).split('&');
  return `${target.slice(0, query)}?${parameters.map(redactParameter).join('&')}`;
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf('=');
  const name = parameter.slice(0, equals === -1 ? undefined : equals);
  return equals !== -1 && secretParameter.test(decoded(name)) ? `${name}=***` : parameter;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
