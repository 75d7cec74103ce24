-- Films that are made ready for players. How far one is stands in its job; here is what it is about, and what came of it.

CREATE TABLE media_conversions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  video_source_path text NOT NULL,
  caption_source_path text,
  language_code text CHECK (language_code ~ '^[a-z]{2}$'),
  -- Where the outcome lies once it is there.
  video_output_path text NOT NULL,
  thumbnail_output_path text NOT NULL,
  caption_output_path text,
  -- Who makes it: this server, or MediaConvert under an id of its own.
  transcoder text NOT NULL CONSTRAINT media_conversions_transcoder_known CHECK (transcoder IN ('builtin', 'mediaconvert')),
  external_id text,
  -- What does the work, or hands it over. No foreign key: jobs that are done are forgotten.
  job_id uuid,
  finished_at timestamptz(3),
  error text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- They are nobody's but the employees'.
CALL guard_table('media_conversions', 'false');
CALL audit_table('media_conversions', '{create,update}', 'media_conversion', 'id', 'transcoder,language_code,external_id,finished_at', NULL);
