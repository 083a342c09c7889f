-- Webhooks of payment providers that changed something here. A provider sends each until it is acknowledged, and sometimes again.
CREATE TABLE handled_webhooks (
  provider   text        NOT NULL,
  id         text        NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, id)
);
