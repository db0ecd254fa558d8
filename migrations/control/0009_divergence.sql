-- Comparisons of control's rows with a region's: asked for by an operator or by the reconciler, carried out by whichever process the
-- region's agent calls.
CREATE TABLE control.comparison (
  id uuid PRIMARY KEY,
  region_number smallint NOT NULL REFERENCES control.region (number),
  origin text NOT NULL CHECK (origin IN ('operator', 'reconciler')),
  repairs boolean NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'complete', 'cut_short', 'abandoned')),
  machine bytea,                           -- where it stands; NULL before the first question and after the end
  kinds text[] NOT NULL,                   -- empty: all
  step bigint NOT NULL DEFAULT 0,          -- compare-and-set: of two processes that carry on, one does
  due timestamptz NOT NULL DEFAULT clock_timestamp(),   -- the agent is asked to come not before
  deadline timestamptz NOT NULL,
  compared bigint NOT NULL DEFAULT 0,
  divergences bigint NOT NULL DEFAULT 0,
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  started timestamptz,
  finished timestamptz
);
-- Serves: which regions have questions waiting; at most one open comparison of each origin a region.
CREATE UNIQUE INDEX comparison_open ON control.comparison (region_number, origin) WHERE state IN ('waiting', 'running');
-- Serves: when a region was compared last; the pruner.
CREATE INDEX comparison_finished ON control.comparison (region_number, finished);

-- What a comparison said of a row. No values.
CREATE TABLE control.comparison_row (
  comparison uuid NOT NULL REFERENCES control.comparison (id) ON DELETE CASCADE,
  direction text NOT NULL CHECK (direction IN ('down', 'up')),
  kind text NOT NULL,
  key text NOT NULL,                       -- empty: the whole kind
  difference text NOT NULL,
  details text[] NOT NULL DEFAULT '{}',
  owned_version text,
  held_version text,
  mended boolean NOT NULL DEFAULT false,
  PRIMARY KEY (comparison, direction, kind, key)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON control.comparison, control.comparison_row TO atoll_control_service;
SELECT outbox.grant_divergence('atoll_control_service');

-- Each path of a key has its counter; which paths there are is the program's to know.
ALTER TABLE control.key_counter DROP CONSTRAINT IF EXISTS key_counter_path_check;
ALTER TABLE control.key_counter ADD CONSTRAINT key_counter_path_check CHECK (path ~ '^[a-z-]{1,20}$');
