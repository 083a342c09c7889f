/**
 * What protects the API: certificates and a token, made at the first start and kept in the state folder (files 0600, folder 0700),
 * and the kubeconfig that lets this user's clients in.
 */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { formatKubeconfig } from './kubeconfig.ts';

export interface Credentials extends Certificates {
  /** What a client sends as `Authorization: Bearer …`. */
  token: string;
  /** The file for `KUBECONFIG`. */
  kubeconfigPath: string;
}

export interface CredentialsOptions {
  /** The port of the API, for the kubeconfig. */
  apiPort: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const validDays = 365;
/** Certificates that are valid for less than this are made anew. */
const renewalMs = 30 * 24 * 60 * 60 * 1000;

/** Reads the credentials in `stateDir`, makes those that are missing or about to expire, and writes `stateDir/kubeconfig`. */
export async function openCredentials(stateDir: string, { apiPort, now = Date.now }: CredentialsOptions): Promise<Credentials> {
  const folder = join(stateDir, 'credentials');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const certificates = (await readCertificates(folder, now())) ?? (await makeCertificates(folder, now()));
  const token = (await readText(join(folder, 'token'))) ?? (await makeToken(folder));
  const kubeconfigPath = join(stateDir, 'kubeconfig');
  const server = `https://127.0.0.1:${apiPort}`;
  await writeSecret(kubeconfigPath, formatKubeconfig({ server, authority: certificates.authority, token }));
  return { ...certificates, token, kubeconfigPath };
}

const fileNames = { authority: 'authority.crt', certificate: 'server.crt', key: 'server.key' };

/** Undefined when a file is missing or damaged, or when it is time for new ones. */
async function readCertificates(folder: string, nowMs: number): Promise<Certificates | undefined> {
  const [authority, certificate, key] = await Promise.all(Object.values(fileNames).map((name) => readText(join(folder, name))));
  if (authority === undefined || certificate === undefined || key === undefined) return undefined;
  return isUsable({ authority, certificate, key }, nowMs) ? { authority, certificate, key } : undefined;
}

/** Whether the three belong together (a crash may have left some of an older set) and last long enough. */
function isUsable({ authority, certificate, key }: Certificates, nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    const isSigned = parsed.verify(new X509Certificate(authority).publicKey) && parsed.checkPrivateKey(createPrivateKey(key));
    return isSigned && Date.parse(parsed.validTo) - nowMs > renewalMs;
  } catch {
    return false;
  }
}

async function makeCertificates(folder: string, nowMs: number): Promise<Certificates> {
  const { generateCertificates } = await import('./certificates.ts');
  const certificates = await generateCertificates(nowMs, validDays);
  await writeSecret(join(folder, fileNames.authority), certificates.authority);
  await writeSecret(join(folder, fileNames.certificate), certificates.certificate);
  await writeSecret(join(folder, fileNames.key), certificates.key);
  return certificates;
}

async function makeToken(folder: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await writeSecret(join(folder, 'token'), token);
  return token;
}

/** Through a second file, so that a reader never sees half of it and a crash leaves the old one. */
async function writeSecret(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')) || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
