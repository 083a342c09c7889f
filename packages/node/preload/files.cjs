/**
 * Volume mounts for a process that has no file system of its own: a path under a mount path is read and written in the directory
 * that is the volume. Only the functions of node:fs are covered; a native module or a child that is not Node sees the machine's
 * files (the node rewrites environment values and arguments that are such paths, which is what those programs read).
 */
'use strict';
const fs = require('node:fs');
const { fileURLToPath } = require('node:url');
const path = require('node:path');

/** Functions (each in its callback, Sync and promise form where they exist) whose first argument is a path … */
const ONE_PATH = [
  'access',
  'appendFile',
  'chmod',
  'chown',
  'createReadStream',
  'createWriteStream',
  'exists',
  'lchmod',
  'lchown',
  'lstat',
  'lutimes',
  'mkdir',
  'mkdtemp',
  'open',
  'openAsBlob',
  'opendir',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'rm',
  'rmdir',
  'stat',
  'statfs',
  'truncate',
  'unlink',
  'unwatchFile',
  'utimes',
  'watch',
  'watchFile',
  'writeFile',
];
/** … and those whose first two are. */
const TWO_PATHS = ['copyFile', 'cp', 'link', 'rename', 'symlink'];

/** @param {[mountPath: string, directory: string][]} mounts longest mount path first */
function patchFiles(mounts) {
  const locate = createLocator(mounts);
  for (const object of [fs, fs.promises]) {
    for (const name of ONE_PATH) patchForms(object, name, 1, locate);
    for (const name of TWO_PATHS) patchForms(object, name, 2, locate);
  }
}

function patchForms(object, name, paths, locate) {
  for (const form of [name, `${name}Sync`]) {
    const original = object[form];
    if (typeof original !== 'function') continue;
    const patched = function (...args) {
      for (let index = 0; index < paths; index++) args[index] = locate(args[index]);
      return Reflect.apply(original, this, args);
    };
    // util.promisify and realpath.native hang on properties of the original.
    object[form] = Object.defineProperties(patched, Object.getOwnPropertyDescriptors(original));
    if (typeof original.native === 'function') object[form].native = (file, ...rest) => original.native(locate(file), ...rest);
  }
}

/** @returns {(file: unknown) => unknown} the path in the volume, or what was given when it is under no mount path */
function createLocator(mounts) {
  // A volume's own directory can lie under a mount path (a mount at /tmp): what is already located stays where it is.
  const directories = mounts.map(([, directory]) => directory);
  return (file) => {
    const asked =
      file instanceof URL && file.protocol === 'file:' ? fileURLToPath(file) : Buffer.isBuffer(file) ? String(file) : file;
    if (typeof asked !== 'string' || !path.isAbsolute(asked)) return file;
    const normal = path.normalize(asked);
    if (directories.some((directory) => isWithin(normal, directory))) return file;
    const mount = mounts.find(([mountPath]) => isWithin(normal, mountPath));
    return mount ? mount[1] + normal.slice(mount[0].length) : file;
  };
}

function isWithin(file, directory) {
  return file === directory || file.startsWith(`${directory}/`);
}

module.exports = { patchFiles };
