-- The last word about a deleted person, for every region that knew them at that moment: their status `deleted`, which names nobody. The region keeps it under
-- control's seal and returns it to a control that was restored from before the deletion, which then deletes the account again.
CREATE TABLE directory.farewell (
  user_id uuid NOT NULL REFERENCES control."user" (id),
  region smallint NOT NULL CHECK (region BETWEEN 1 AND 4095),
  -- Serves: the regions that a status concerns.
  PRIMARY KEY (user_id, region)
);
-- Serves: everything that a region is entitled to, in the order of its keys.
CREATE INDEX farewell_region ON directory.farewell (region, user_id);
GRANT SELECT, INSERT ON directory.farewell TO atoll_control_service;
