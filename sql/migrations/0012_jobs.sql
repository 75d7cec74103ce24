-- Work that is done apart from any request: mails, imports, films. A row is a job; processes of the server take it, keep it for a while (its lease), and say what became of it.

CREATE TABLE jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CONSTRAINT jobs_kind_given CHECK (kind <> ''),
  -- Which processes do it: quick ones never wait behind long ones.
  pool text NOT NULL CONSTRAINT jobs_pool_known CHECK (pool IN ('quick', 'long')),
  -- Null: it is nobody's in particular.
  organization_id uuid REFERENCES organizations ON DELETE CASCADE,
  -- What the job is told; forgotten when it is done.
  payload jsonb NOT NULL DEFAULT '{}' CONSTRAINT jobs_payload_form CHECK (jsonb_typeof(payload) = 'object'),
  -- A job that is dead is "failed": nobody takes it again unless an operator says so.
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT jobs_state_known CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- Attempts begun, and how many there may be.
  attempt integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL CHECK (attempts > 0),
  lease_time interval NOT NULL CHECK (lease_time > '0'),
  -- Of a waiting job when it may be taken, of a running one when its lease ends.
  due_at timestamptz(3) NOT NULL DEFAULT now(),
  -- Who does it, and the secret of this very attempt: whoever lost the job cannot end it any more.
  holder uuid,
  lease uuid,
  -- Per cent.
  progress smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  -- Why the last attempt did not end well.
  problem text,
  -- The request that asked for it.
  request_id text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  CONSTRAINT jobs_held CHECK ((state = 'running') = (lease IS NOT NULL))
) WITH (fillfactor = 70);

CREATE INDEX jobs_waiting ON jobs (pool, due_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_leases ON jobs (due_at) WHERE state = 'running';
CREATE INDEX jobs_holders ON jobs (holder) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_created ON jobs (created_at, id);
CREATE INDEX jobs_states ON jobs (state, created_at, id);
CREATE INDEX jobs_organization ON jobs (organization_id) WHERE organization_id IS NOT NULL;

-- Anything may add a job; jobs are read by those who reach everything.
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON jobs TO CURRENT_USER USING (true);
CREATE POLICY leave ON jobs FOR INSERT WITH CHECK (true);
CREATE POLICY work ON jobs USING (muster_reaches_everything());
