-- When a region's agent last sent its cursors of control's log: a cursor is the acknowledgement of what was applied. A hello, a push or a
-- held request is none, so `seen` cannot say this. NULL: never.
ALTER TABLE control.agent_session ADD COLUMN acknowledged timestamptz;
