-- Accounts and the keys their tokens are signed with.
CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text        NOT NULL,
  -- The address as compared: two spellings that reach one mailbox must not become two accounts.
  email_key     text        NOT NULL UNIQUE,
  name          text        NOT NULL,
  password_hash text        NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now()
);

-- `private_jwk` never leaves this database; `public_jwk` is what /.well-known/jwks.json serves.
CREATE TABLE signing_keys (
  kid         text PRIMARY KEY,
  public_jwk  jsonb       NOT NULL,
  private_jwk jsonb       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
