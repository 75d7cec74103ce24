-- Reads from a standby: the primary tells how far its log goes, the standby whether it has come as far.

-- Whatever was acknowledged lies before this place in the log: in what is flushed, unless commits do not wait for that. Null where this is no primary.
-- fragment: log_columns
CASE WHEN pg_is_in_recovery() THEN NULL
            WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
            ELSE pg_current_wal_flush_lsn() END AS log_position,
       CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS log_timeline

-- name: session_find_with_log
SELECT {caller_columns}, {log_columns}
  FROM session_tokens AS sessions JOIN accounts ON accounts.id = sessions.user_id
 WHERE {session_is_valid}

-- name: security_token_find_with_log
SELECT {token_caller_columns}, {log_columns}
  FROM token_callers
 WHERE {token_is_valid}

-- Waits, a millisecond at a time, until the standby has come as far; then sets who calls as the primary's check does. No row: it did not in time, or is no
-- standby any more. What is asked behind it has a later snapshot.
-- name: standby_enter
SELECT set_config('muster.user_id', :user, true) AS user_set,
       set_config('muster.employee', :employee, true) AS employee_set,
       set_config('muster.organization_id', :organization, true) AS organization_set,
       set_config('muster.organizations', :organizations, true) AS organizations_set,
       set_config('muster.administered_organizations', :administered, true) AS administered_set
  FROM (SELECT FROM generate_series(0, :patience::bigint) AS milliseconds
         WHERE CASE WHEN NOT pg_is_in_recovery() THEN false
                    WHEN pg_last_wal_replay_lsn() >= :log_position::pg_lsn THEN true
                    ELSE pg_sleep(0.001) IS NULL END
         LIMIT 1) AS level

-- Which log a server writes or follows: places in two logs can only be compared where these are the same. A standby may have come to a later timeline than it
-- has written down, which is found out soon.
-- name: server_history
SELECT system_identifier::text AS system, pg_is_in_recovery() AS standby,
       CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
            ELSE lpad(upper(to_hex(greatest(timeline_id, min_recovery_end_timeline))), 8, '0') END AS timeline
  FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()

-- name: server_log
SELECT {log_columns}

-- How many bytes of the log a standby has not replayed yet.
-- name: standby_lag
SELECT greatest(pg_wal_lsn_diff(:log_position::pg_lsn, pg_last_wal_replay_lsn()), 0)::bigint AS bytes
