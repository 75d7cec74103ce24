-- The queue of jobs. A job is taken for a time, its lease; the lease's own id is the proof that whoever ends the job still holds it.

-- Listeners are told when the transaction commits.
-- name: job_add
WITH added AS (
  INSERT INTO jobs (id, kind, pool, organization_id, payload, attempts, lease_time, due_at, request_id)
  VALUES (:id, :kind, :pool, :organization, :payload::jsonb, :attempts::integer, make_interval(secs => :lease_seconds::integer),
          now() + make_interval(secs => :delay::bigint / 1000000.0), :request_id))
SELECT pg_notify('muster_jobs', '') AS told

-- A holder does one job at a time: whatever it holds when it asks for another was left by a process that is gone, and so was what is kept beyond its time.
-- name: jobs_take_back
UPDATE jobs
   SET state = CASE WHEN jobs.attempt < jobs.attempts THEN 'waiting' ELSE 'failed' END,
       finished_at = CASE WHEN jobs.attempt < jobs.attempts THEN NULL ELSE now() END,
       problem = CASE WHEN jobs.holder = :holder::uuid THEN :reason ELSE 'Its time was over before it was done.' END,
       due_at = now(), holder = NULL, lease = NULL
  FROM (SELECT id FROM jobs WHERE state = 'running' AND (holder = :holder::uuid OR due_at <= now()) FOR UPDATE SKIP LOCKED) AS lost
 WHERE jobs.id = lost.id
RETURNING jobs.id, jobs.kind, jobs.state

-- name: job_take
UPDATE jobs
   SET state = 'running', attempt = jobs.attempt + 1, holder = :holder::uuid, lease = gen_random_uuid(), due_at = now() + jobs.lease_time,
       started_at = now(), progress = 0
  FROM (SELECT id FROM jobs
         WHERE state = 'waiting' AND pool = :pool AND kind = ANY (:kinds::text[]) AND due_at <= now()
         ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
 WHERE jobs.id = next.id
RETURNING jobs.id, jobs.kind, jobs.organization_id, jobs.payload, jobs.attempt, jobs.attempts, jobs.lease, jobs.request_id,
          extract(epoch FROM jobs.lease_time)::bigint AS lease_seconds

-- When there will be something to take, without anybody's adding it: in so many microseconds, which may be over. Null where there is nothing.
-- name: jobs_next
SELECT (extract(epoch FROM least(
         (SELECT due_at FROM jobs WHERE state = 'waiting' AND pool = :pool AND kind = ANY (:kinds::text[]) ORDER BY due_at, id LIMIT 1),
         (SELECT due_at FROM jobs WHERE state = 'running' ORDER BY due_at LIMIT 1)) - now()) * 1000000)::bigint AS wait

-- name: job_keep
UPDATE jobs SET due_at = now() + lease_time, progress = :progress::smallint
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'
RETURNING id

-- name: job_done
UPDATE jobs SET state = 'done', progress = 100, payload = '{}', problem = NULL, finished_at = now(), holder = NULL, lease = NULL
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'
RETURNING id

-- The pause before the next attempt doubles each time.
-- name: job_failed
UPDATE jobs
   SET state = CASE WHEN :final::boolean OR attempt >= attempts THEN 'failed' ELSE 'waiting' END,
       finished_at = CASE WHEN :final::boolean OR attempt >= attempts THEN now() END,
       due_at = now() + least(interval '1 hour', make_interval(secs => :pause::bigint / 1000000.0) * 2 ^ least(attempt - 1, 20)),
       problem = :problem, holder = NULL, lease = NULL
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'
RETURNING state

-- What it waits for is not there yet: that was no attempt.
-- name: job_postpone
UPDATE jobs SET state = 'waiting', attempt = attempt - 1, due_at = now() + make_interval(secs => :pause::bigint / 1000000.0), problem = :problem, holder = NULL, lease = NULL
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'
RETURNING id

-- There is nothing to do any more, which is nobody's fault.
-- name: job_drop
UPDATE jobs SET state = 'cancelled', problem = :problem, finished_at = now(), holder = NULL, lease = NULL
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'
RETURNING id

-- It was broken off because the server stops: that was no attempt.
-- name: job_give_back
UPDATE jobs SET state = 'waiting', attempt = attempt - 1, due_at = now(), holder = NULL, lease = NULL
 WHERE id = :id AND lease = :lease::uuid AND state = 'running'

-- name: jobs_newest
SELECT newest.*
  FROM (SELECT id, kind, organization_id, state, attempt, attempts, due_at, progress, problem, request_id, created_at, started_at, finished_at
          FROM jobs WHERE :state::text IS NULL ORDER BY created_at DESC, id DESC LIMIT :limit::bigint) AS newest
UNION ALL
SELECT chosen.*
  FROM (SELECT id, kind, organization_id, state, attempt, attempts, due_at, progress, problem, request_id, created_at, started_at, finished_at
          FROM jobs WHERE state = :state::text ORDER BY created_at DESC, id DESC LIMIT :limit::bigint) AS chosen
 ORDER BY created_at, id

-- One that failed or was cancelled begins anew, one that waits is due at once.
-- name: job_retry
WITH found AS (SELECT id, state FROM jobs WHERE id = :id FOR UPDATE),
     again AS (UPDATE jobs SET state = 'waiting', attempt = CASE WHEN found.state = 'waiting' THEN attempt ELSE 0 END, due_at = now(), finished_at = NULL
                 FROM found WHERE jobs.id = found.id AND found.state IN ('waiting', 'failed', 'cancelled')
               RETURNING jobs.id, jobs.organization_id, pg_notify('muster_jobs', '') AS told),
     event AS (INSERT INTO audit_events (action, thing_type, thing_id, organization_id) SELECT 'job.retry', 'job', id::text, organization_id FROM again)
SELECT found.state, EXISTS (SELECT told FROM again) AS done FROM found

-- Whoever does it finds that out when it wants to end it.
-- name: job_cancel
WITH found AS (SELECT id, state FROM jobs WHERE id = :id FOR UPDATE),
     ended AS (UPDATE jobs SET state = 'cancelled', finished_at = now(), holder = NULL, lease = NULL
                 FROM found WHERE jobs.id = found.id AND found.state IN ('waiting', 'running', 'failed')
               RETURNING jobs.id, jobs.organization_id),
     event AS (INSERT INTO audit_events (action, thing_type, thing_id, organization_id) SELECT 'job.cancel', 'job', id::text, organization_id FROM ended)
SELECT found.state, EXISTS (SELECT FROM ended) OR found.state = 'cancelled' AS done FROM found

-- What an operator wants to know: whether anybody does the jobs, and how many failed.
-- name: jobs_summary
SELECT (SELECT count(*) FROM jobs WHERE state = 'waiting') AS waiting,
       (SELECT count(*) FROM jobs WHERE state = 'failed') AS failed,
       coalesce((SELECT count(*) FROM jobs WHERE state = 'waiting' AND due_at < now() - interval '5 minutes'), 0) AS late

-- name: jobs_purge
DELETE FROM jobs
 WHERE id IN (SELECT id FROM jobs
               WHERE finished_at < now() - CASE state WHEN 'failed' THEN interval '90 days' ELSE interval '7 days' END
                 AND finished_at < now() - interval '7 days'
               ORDER BY finished_at LIMIT 1000)
