/** JSON values as the store compares and copies them: order of keys does not matter, `undefined` members do not exist. */

/** Whether two JSON values say the same. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right))
    return Array.isArray(left) && Array.isArray(right) && areSameLists(left, right);
  return areSameMembers(left, right);
}

function areSameLists(left: unknown[], right: unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => isSameJson(item, right[index]));
}

function areSameMembers(left: object, right: object): boolean {
  const members = (value: object) => new Map(Object.entries(value).filter(([, member]) => member !== undefined));
  const [mine, others] = [members(left), members(right)];
  return mine.size === others.size && [...mine].every(([key, member]) => others.has(key) && isSameJson(member, others.get(key)));
}

/** A deep copy without `undefined` members, which JSON cannot hold and a reader would see as present. */
export function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The same value with all object keys in order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` without these members. */
export function omit<T extends object, K extends keyof T>(value: T, ...names: K[]): Omit<T, K> {
  const unwanted = new Set<PropertyKey>(names);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !unwanted.has(name))) as Omit<T, K>;
}
