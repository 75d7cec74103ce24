-- A page of people is mostly what their rows say of themselves: that part of the answer is written once when a row changes, and not at each reading.

-- A value as the encoder writes it (src/json/encode_value.c). Callers name the schema, since the search path is empty where a dump is restored.
CREATE FUNCTION muster_json(value text) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(to_json(value)::text, 'null');

CREATE FUNCTION muster_json(value boolean) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(value::text, 'null');

CREATE FUNCTION muster_json(value timestamptz) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(to_char(value AT TIME ZONE 'UTC', '"\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\""'), 'null');

CREATE FUNCTION muster_json(value inet) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce('"' || host(value) || '"', 'null');

-- The members of a User that its own row tells, as they stand in an answer, without braces. Neither a time zone nor a locale has a say in these forms, hence
-- IMMUTABLE; what is STABLE by declaration becomes part of the expression that is kept here. A function in SQL would be planned by each statement anew.
CREATE FUNCTION muster_user_rendering(
  id uuid, username text, email text, first_name text, last_name text, language_code text, provider text, worklete_employee boolean, enabled boolean,
  sign_in_count integer, current_sign_in_at timestamptz, last_sign_in_at timestamptz, current_sign_in_ip inet, last_sign_in_ip inet,
  created_at timestamptz, updated_at timestamptz) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN concat('"id":"', id, '"',
                ',"username":', public.muster_json(username),
                ',"email":', public.muster_json(email),
                ',"first_name":', public.muster_json(first_name),
                ',"last_name":', public.muster_json(last_name),
                ',"language_code":', public.muster_json(language_code),
                ',"provider":', public.muster_json(provider),
                ',"uid":', public.muster_json(CASE provider WHEN 'email' THEN email ELSE username END),
                ',"worklete_employee":', public.muster_json(worklete_employee),
                ',"enabled":', public.muster_json(enabled),
                ',"sign_in_count":', sign_in_count,
                ',"current_sign_in_at":', public.muster_json(current_sign_in_at),
                ',"last_sign_in_at":', public.muster_json(last_sign_in_at),
                ',"current_sign_in_ip":', public.muster_json(current_sign_in_ip),
                ',"last_sign_in_ip":', public.muster_json(last_sign_in_ip),
                ',"created_at":', public.muster_json(created_at),
                ',"updated_at":', public.muster_json(updated_at));
END $$;

-- What a User tells of one of its memberships.
CREATE FUNCTION muster_membership_rendering(id uuid, organization_id uuid, job_title text, role smallint, status text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN concat('"id":"', id, '"',
                ',"organization_id":"', organization_id, '"',
                ',"job_title":', public.muster_json(job_title),
                ',"org_admin":', public.muster_json(role = 1),
                ',"status":', public.muster_json(status));
END $$;

-- And of one of its organizations.
CREATE FUNCTION muster_organization_rendering(id uuid, name text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN concat('"id":"', id, '","name":', public.muster_json(name));
END $$;

-- Made anew only by an UPDATE that sets one of these columns; a trigger that did it would have the words for the search made anew by every UPDATE too.
ALTER TABLE users ADD COLUMN rendering text NOT NULL GENERATED ALWAYS AS (
  muster_user_rendering(id, username, email, first_name, last_name, language_code, provider, worklete_employee, enabled, sign_in_count,
                        current_sign_in_at, last_sign_in_at, current_sign_in_ip, last_sign_in_ip, created_at, updated_at)
) STORED;
ALTER TABLE memberships ADD COLUMN rendering text NOT NULL GENERATED ALWAYS AS (
  muster_membership_rendering(id, organization_id, job_title, role, status)
) STORED;
ALTER TABLE organizations ADD COLUMN rendering text NOT NULL GENERATED ALWAYS AS (
  muster_organization_rendering(id, name)
) STORED;

-- The caller's own account shows it too.
CREATE OR REPLACE VIEW accounts AS
  SELECT id, username, email, first_name, last_name, language_code, provider, uid, former_uids, password_hash, worklete_employee, enabled,
         sign_in_count, current_sign_in_at, last_sign_in_at, current_sign_in_ip, last_sign_in_ip, created_at, updated_at,
         active_organization_ids, administered_organization_ids, rendering
    FROM users;
