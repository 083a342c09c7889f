-- The catalogue: what is sold, in both languages, and at which price.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE products (
  id             text PRIMARY KEY,
  category       text    NOT NULL CHECK (category IN ('tea', 'kitchen', 'tableware', 'stationery', 'textiles', 'food', 'home')),
  name_ja        text    NOT NULL,
  name_en        text    NOT NULL,
  description_ja text    NOT NULL,
  description_en text    NOT NULL,
  price_yen      integer NOT NULL CHECK (price_yen > 0),
  -- Where it stands in the shop; 1 comes first.
  position       integer NOT NULL UNIQUE,
  -- NFKC folds full-width and half-width forms, which people type interchangeably in Japanese.
  search_text    text    NOT NULL GENERATED ALWAYS AS (
    lower(normalize(name_ja || ' ' || name_en || ' ' || description_ja || ' ' || description_en || ' ' || category, NFKC))
  ) STORED
);

CREATE INDEX products_of_category ON products (category, position);
CREATE INDEX products_search ON products USING gin (search_text gin_trgm_ops);
