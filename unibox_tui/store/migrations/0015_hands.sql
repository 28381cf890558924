-- What one action of an agent reached: a bulk action is one row, and one undo, whatever stopped it midway.
ALTER TABLE action ADD COLUMN wanted BIGINT;                    -- conversations meant by a bulk action; null: no bulk
ALTER TABLE action ADD COLUMN done BIGINT NOT NULL DEFAULT 0;   -- of these gone through so far
ALTER TABLE action ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE action ADD COLUMN restored BIGINT NOT NULL DEFAULT 0; -- by the last undo or redo: changes walked back …
ALTER TABLE action ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;     -- … and those left as somebody changed them since
ALTER TABLE action ADD COLUMN walked BIGINT;                    -- event an undo or redo under way has come to
CREATE INDEX action_of_agent ON action (agent, at, id);
