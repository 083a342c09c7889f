/**
 * Every destination a VirtualService names, wherever it may name one, with its place.
 */
import type { RouteDestination, VirtualService } from '@hikyaku/resources';

export interface WrittenDestination {
  destination: RouteDestination;
  segments: (string | number)[];
}

export function writtenDestinations({ spec }: VirtualService): WrittenDestination[] {
  const { http = [], tcp = [], tls = [] } = spec ?? {};
  return [
    ...http.flatMap((rule, index) => {
      const at = ['spec', 'http', index];
      return [
        ...placed(rule.route, [...at, 'route']),
        ...(rule.mirror ? [{ destination: rule.mirror, segments: [...at, 'mirror'] }] : []),
        ...placed(rule.mirrors, [...at, 'mirrors']),
      ];
    }),
    ...tcp.flatMap((rule, index) => placed(rule.route, ['spec', 'tcp', index, 'route'])),
    ...tls.flatMap((rule, index) => placed(rule.route, ['spec', 'tls', index, 'route'])),
  ];
}

function placed(routes: readonly { destination: RouteDestination }[] = [], at: (string | number)[]): WrittenDestination[] {
  return routes.map(({ destination }, position) => ({ destination, segments: [...at, position, 'destination'] }));
}
