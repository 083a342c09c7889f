/**
 * The same system written for each peer: ten services told apart by path prefix, all of them on one backend, connections to it kept
 * open, one core, no access log.
 */

/** `search` is asked for: a first-match router has to look at eight others before. */
export const services = [
  'users',
  'products',
  'carts',
  'orders',
  'payments',
  'notifications',
  'profiles',
  'reviews',
  'search',
  'invoices',
];
export const requestPath = '/api/search/1';

export const body = '{"id":"u1","name":"Taro","orders":[1,2,3]}';

export interface Ports {
  own: number;
  backend: number;
}

/** Every path answers the small document; `/big` is a file. */
export function nginxBackend(port: number, folder: string): string {
  return nginx(
    folder,
    `server { listen 127.0.0.1:${port};
      location = /big { root ${folder}; sendfile on; }
      location / { default_type application/json; return 200 '${body}'; } }`,
  );
}

export function nginxProxy({ own, backend }: Ports, folder: string): string {
  // Without the limit of 0 a body that comes faster than it leaves is written to disk.
  const toBackend =
    'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0; proxy_pass http://backend;';
  return nginx(
    folder,
    `upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }
    server { listen 127.0.0.1:${own};
      location /big { ${toBackend} }
      ${services.map((name) => `location /api/${name} { ${toBackend} }`).join('\n      ')} }`,
  );
}

function nginx(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return `master_process off; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')} ${http} }
`;
}

export function haproxy({ own, backend }: Ports): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 2
  http-reuse always
frontend gateway
  bind 127.0.0.1:${own}
${services.map((name) => `  use_backend ${name} if { path_beg /api/${name} }`).join('\n')}
${services.map((name) => `backend ${name}\n  server backend 127.0.0.1:${backend}`).join('\n')}
`;
}

/** JSON is YAML. The retry policy is Istio's default. */
export function envoy({ own, backend }: Ports): string {
  const retry_policy = {
    retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    num_retries: 2,
    retriable_status_codes: [503],
  };
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'gateway',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: services.map((name) => ({ match: { prefix: `/api/${name}` }, route: { cluster: 'backend', retry_policy } })),
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return JSON.stringify({
    static_resources: {
      listeners: [
        {
          address: loopback(own),
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
        },
      ],
      clusters: [
        {
          name: 'backend',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'backend',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(backend) } }] }],
          },
        },
      ],
    },
  });
}

function loopback(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
