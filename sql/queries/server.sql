-- What `muster check` asks of the server itself.

-- name: server_clock
SELECT clock_timestamp() AS now, current_setting('server_version') AS version

-- Whether row-level security holds for the role that asks: it is neither exempt nor the owner of the tables.
-- name: server_row_security
SELECT current_user AS role, row_security_active(oid) AS active, pg_has_role(relowner, 'USAGE') AS owner
  FROM pg_class WHERE oid = 'users'::regclass
