-- Films that are made ready for players.

-- A conversion as it is shown: what its job tells, unless it is over.
-- fragment: conversion_columns
conversions.id, conversions.transcoder, conversions.external_id, conversions.finished_at, told.status,
       CASE told.status WHEN 'complete' THEN 100 WHEN 'progressing' THEN coalesce(jobs.progress, 0) ELSE 0 END AS progress,
       CASE WHEN told.status <> 'error' THEN conversions.video_output_path END AS video_output_path,
       CASE WHEN told.status <> 'error' THEN conversions.thumbnail_output_path END AS thumbnail_output_path,
       CASE WHEN told.status <> 'error' THEN conversions.caption_output_path END AS caption_output_path,
       CASE WHEN told.status = 'error' THEN coalesce(conversions.error, jobs.problem, 'The conversion was given up.') END AS error

-- A job that is no longer known was done, as far as handing over was all of it, or failed long ago.
-- fragment: conversion_tables
media_conversions AS conversions LEFT JOIN jobs ON jobs.id = conversions.job_id
  CROSS JOIN LATERAL (SELECT CASE
    WHEN conversions.error IS NOT NULL THEN 'error'
    WHEN conversions.finished_at IS NOT NULL THEN 'complete'
    WHEN conversions.external_id IS NOT NULL THEN 'progressing'
    WHEN jobs.state = 'waiting' THEN 'submitted'
    WHEN jobs.state = 'running' THEN 'progressing'
    ELSE 'error' END AS status) AS told

-- name: admin_show_media_conversion
SELECT {conversion_columns} FROM {conversion_tables} WHERE conversions.id = :id

-- name: media_conversion_create
INSERT INTO media_conversions (id, video_source_path, caption_source_path, language_code, video_output_path, thumbnail_output_path, caption_output_path,
                               transcoder)
VALUES (:id, :video_source, :caption_source, :language, :video_output, :thumbnail_output, :caption_output, :transcoder)
RETURNING id

-- name: media_conversion_assign
UPDATE media_conversions SET job_id = :job WHERE id = :id RETURNING id

-- name: media_conversion_work
SELECT video_source_path, caption_source_path, language_code, video_output_path, thumbnail_output_path, caption_output_path, transcoder, external_id,
       finished_at IS NOT NULL AS finished
  FROM media_conversions WHERE id = :id

-- name: media_conversion_finish
UPDATE media_conversions SET finished_at = now(), updated_at = now() WHERE id = :id AND finished_at IS NULL RETURNING id

-- name: media_conversion_hand_over
UPDATE media_conversions SET external_id = :external, updated_at = now() WHERE id = :id AND external_id IS NULL RETURNING id

-- What MediaConvert told in the end.
-- name: media_conversion_conclude
UPDATE media_conversions SET finished_at = now(), error = :error, updated_at = now() WHERE id = :id AND finished_at IS NULL RETURNING id

-- Attempts whose folders may still be used.
-- name: media_conversion_is_running
SELECT 1 AS running FROM media_conversions AS conversions JOIN jobs ON jobs.id = conversions.job_id
 WHERE conversions.id = :id AND jobs.state IN ('waiting', 'running')
