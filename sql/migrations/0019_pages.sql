-- Pages of memberships are counted off in an index that holds what their policy asks of a row, so that the rows before the page, and all but those on it, are never
-- read.
DROP INDEX memberships_created_at;
CREATE INDEX memberships_created_at ON memberships (organization_id, created_at, id) INCLUDE (user_id);
DROP INDEX memberships_all;
CREATE INDEX memberships_all ON memberships (created_at, id) INCLUDE (organization_id, user_id);
