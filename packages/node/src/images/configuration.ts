/**
 * hikyaku.yaml at the workspace's root: what images are, where their name alone does not say it.
 *
 *     images:
 *       ghcr.io/acme/billing: { dir: services/billing-v2 }
 *       acme/worker-*:        { dir: workers, command: [python3, worker.py] }
 *       acme/our-postgres:    { native: postgres }
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ignoreMissing } from '../logs/log-file.ts';
import { matchesImage } from './reference.ts';

export interface ConfiguredImage {
  /** Relative to the workspace's root. */
  dir?: string;
  command?: string[];
  /** Run as this image of the native catalogue. */
  native?: string;
}

/** The first entry that matches; throws with a sentence for people when the file is not as it should be. */
export async function findConfiguredImage(root: string, image: string): Promise<ConfiguredImage | undefined> {
  const text = await readFile(join(root, 'hikyaku.yaml'), 'utf8').catch(ignoreMissing);
  if (text === undefined) return undefined;
  const document: unknown = parse(text) ?? {};
  const images = isRecord(document) ? (document.images ?? {}) : undefined;
  if (!isRecord(images)) throw new Error('hikyaku.yaml: "images" must map image names to what they are');
  const found = Object.entries(images).find(([glob]) => matchesImage(glob, image));
  return found && parseEntry(...found);
}

function parseEntry(glob: string, entry: unknown): ConfiguredImage {
  const where = `hikyaku.yaml: images."${glob}"`;
  if (!isRecord(entry)) throw new Error(`${where} must be { dir, command, native }`);
  const { dir, command, native, ...others } = entry;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw new Error(`${where}: unknown field "${unknown}"; known are dir, command and native`);
  if (dir !== undefined && typeof dir !== 'string') throw new Error(`${where}.dir must be a folder's path`);
  if (native !== undefined && typeof native !== 'string') throw new Error(`${where}.native must be an image's name`);
  const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  if (words !== undefined && !isStrings(words)) throw new Error(`${where}.command must be a list of strings`);
  return { ...(dir !== undefined && { dir }), ...(native !== undefined && { native }), ...(words && { command: words }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}
