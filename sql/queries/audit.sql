-- Who did what: told to the transaction before it writes, and read by the command line.

-- What the events of this transaction say of where it came from, and whether it runs for nobody in particular and so reaches everything; otherwise who
-- calls, and what that person reaches, is set by the session's check.
-- name: transaction_context
SELECT set_config('muster.everything', :everything, true) AS everything,
       set_config('muster.operation', :operation, true) AS operation,
       set_config('muster.request_id', coalesce(:request_id, ''), true) AS request_id,
       set_config('muster.address', coalesce(:address, ''), true) AS address

-- fragment: event_columns
id, at, position, organization_id, action, actor, thing_type, thing_id, operation, request_id, host(address) AS address, before, after

-- The newest events that fit, oldest of them first; each filter is looked up in its index.
-- name: audit_events_newest
SELECT newest.*
  FROM ((SELECT {event_columns} FROM audit_events
          WHERE :organization::uuid IS NULL AND :action::text IS NULL AND at >= coalesce(:since::timestamptz, '-infinity')
          ORDER BY at DESC, position DESC LIMIT :limit::bigint)
        UNION ALL
        (SELECT {event_columns} FROM audit_events
          WHERE :organization::uuid IS NULL AND action = :action::text AND at >= coalesce(:since::timestamptz, '-infinity')
          ORDER BY at DESC, position DESC LIMIT :limit::bigint)
        UNION ALL
        (SELECT {event_columns} FROM audit_events
          WHERE organization_id = :organization::uuid AND (:action::text IS NULL OR action = :action::text)
            AND at >= coalesce(:since::timestamptz, '-infinity')
          ORDER BY at DESC, position DESC LIMIT :limit::bigint)) AS newest
 ORDER BY newest.at, newest.position
