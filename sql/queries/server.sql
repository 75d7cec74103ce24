-- The server itself: what `muster check` asks, and the switch for maintenance.

-- name: server_clock
SELECT clock_timestamp() AS now, current_setting('server_version') AS version

-- Whether the service is closed; asked by each server once in a while.
-- name: maintenance_state
SELECT since IS NOT NULL AS closed, since FROM maintenance

-- The time at which it was closed stays where it is closed already.
-- name: maintenance_set
UPDATE maintenance SET since = CASE WHEN :closed::boolean THEN now() END
 WHERE (since IS NOT NULL) <> :closed::boolean
