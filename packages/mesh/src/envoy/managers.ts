/**
 * The filter chains of an Envoy bootstrap and the http_connection_managers in them, each with its place.
 */
import type { FieldPath } from '@hikyaku/resources';
import type { Bootstrap, EnvoyFilterChain, EnvoyListener, HttpConnectionManager, TcpProxy } from './bootstrap.ts';
import { managerType } from './bootstrap-schema.ts';

export interface PlacedChain {
  chain: EnvoyFilterChain;
  segments: FieldPath;
}

/** The default one, which takes what no other does, comes last. */
export function chainsOf(
  { filter_chains: chains = [], default_filter_chain: last }: EnvoyListener,
  at: FieldPath,
): PlacedChain[] {
  return [
    ...chains.map((chain, index) => ({ chain, segments: [...at, 'filter_chains', index] })),
    ...(last === undefined ? [] : [{ chain: last, segments: [...at, 'default_filter_chain'] }]),
  ];
}

export function isManager(config: HttpConnectionManager | TcpProxy): config is HttpConnectionManager {
  return config['@type'] === managerType;
}

export function managersOf({ static_resources }: Bootstrap): { manager: HttpConnectionManager; segments: FieldPath }[] {
  return (static_resources.listeners ?? []).flatMap((listener, index) =>
    chainsOf(listener, ['static_resources', 'listeners', index]).flatMap(({ chain, segments }) =>
      chain.filters.flatMap(({ typed_config: config }, position) =>
        isManager(config) ? [{ manager: config, segments: [...segments, 'filters', position, 'typed_config'] }] : [],
      ),
    ),
  );
}
