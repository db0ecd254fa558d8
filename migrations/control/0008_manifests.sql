-- Rotation of control's keys: which manifest each region's agent believes.

ALTER TABLE control.agent_session ADD COLUMN manifest_version bigint NOT NULL DEFAULT 0 CHECK (manifest_version >= 0);
