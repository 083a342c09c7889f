/**
 * Image references: `registry/path/name:tag@digest`. Only the names count here; there is no registry behind them.
 */
import { escapeRegExp } from '../escape.ts';

/** `ghcr.io/acme/order-service:1.2` → `ghcr.io/acme/order-service`. */
export function repositoryOf(image: string): string {
  const withoutDigest = image.replace(/@.*$/, '');
  // A colon before the last slash is a registry's port.
  return withoutDigest.replace(/:[^/:]*$/, '');
}

/** `ghcr.io/acme/order-service:1.2` → `order-service`. */
export function baseNameOf(image: string): string {
  return repositoryOf(image).split('/').at(-1) ?? image;
}

/** Whether a glob of hikyaku.yaml means this image: `*` is anything within a path segment, `**` anything at all. */
export function matchesImage(glob: string, image: string): boolean {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : escapeRegExp(part)))
    .join('');
  const pattern = new RegExp(`^${source}$`);
  return [image, repositoryOf(image), baseNameOf(image)].some((candidate) => pattern.test(candidate));
}
