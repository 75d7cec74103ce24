-- Work that nobody asks for, done by one host at a time.

-- Held until the connection ends.
-- name: housekeeping_lock
SELECT pg_try_advisory_lock(7215303) AS taken

-- name: daily_work_due
SELECT today.day, NOT EXISTS (SELECT 1 FROM daily_work WHERE daily_work.name = :name AND daily_work.done_on >= today.day) AS due
  FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS today

-- name: daily_work_done
INSERT INTO daily_work (name, done_on) VALUES (:name, :day::date)
ON CONFLICT (name) DO UPDATE SET done_on = excluded.done_on
