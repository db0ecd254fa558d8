-- Ring-gated kinds: the revision that control released to this region's ring. A revision that cannot be applied is refused, reported, and leaves the
-- earlier one in place.
CREATE TABLE replica.feature_flag (
  name text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL CHECK (revision > 0),
  value jsonb NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
CREATE TABLE replica.configuration (
  name text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL CHECK (revision > 0),
  value jsonb NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
SELECT outbox.declare_replica('replica.feature_flag', 'feature_flag');
SELECT outbox.declare_replica('replica.configuration', 'configuration');

CREATE VIEW atoll.feature_flag AS SELECT f.name, f.value, f.revision FROM replica.feature_flag AS f;
CREATE VIEW atoll.configuration AS SELECT c.name, c.value, c.revision FROM replica.configuration AS c;

GRANT SELECT, INSERT, UPDATE, DELETE ON replica.feature_flag, replica.configuration TO atoll_region_service;
GRANT SELECT ON atoll.feature_flag, atoll.configuration TO atoll_region_service, atoll_region_application;
