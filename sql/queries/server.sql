-- The server itself: what `muster check` asks, and the switch for maintenance.

-- name: server_clock
SELECT clock_timestamp() AS now, current_setting('server_version') AS version

-- Whether row-level security holds for the role that asks: it is neither exempt nor the owner of the tables.
-- name: server_row_security
SELECT current_user AS role, row_security_active(oid) AS active, pg_has_role(relowner, 'USAGE') AS owner
  FROM pg_class WHERE oid = 'users'::regclass

-- Whether the service is closed; asked by each server once in a while.
-- name: maintenance_state
SELECT since IS NOT NULL AS closed, since FROM maintenance

-- The time at which it was closed stays where it is closed already.
-- name: maintenance_set
UPDATE maintenance SET since = CASE WHEN :closed::boolean THEN now() END
 WHERE (since IS NOT NULL) <> :closed::boolean
