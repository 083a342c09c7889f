-- What an account may do beyond its own affairs: `operator`. Carried in its tokens.
ALTER TABLE users ADD COLUMN roles text[] NOT NULL DEFAULT '{}';
