-- What `muster check` asks of the server itself.

-- name: server_clock
SELECT clock_timestamp() AS now, current_setting('server_version') AS version
