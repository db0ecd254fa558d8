-- Agents of a region that wait while another one holds the region's session (control.agent_session). What makes the active one active is that session;
-- its lease is `seen`, by this database's clock. A row here is what operators see, and nothing depends on it.
CREATE TABLE control.agent_standby (
  thumbprint text PRIMARY KEY REFERENCES control.region_key (thumbprint) ON DELETE CASCADE,
  region_number smallint NOT NULL REFERENCES control.region (number),
  instance text NOT NULL CHECK (octet_length(instance) <= 200),
  software text NOT NULL CHECK (octet_length(software) <= 200),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: the standbys of a region in the status.
CREATE INDEX agent_standby_region ON control.agent_standby (region_number);

GRANT SELECT, INSERT, UPDATE, DELETE ON control.agent_standby TO atoll_control_service;
