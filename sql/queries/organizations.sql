-- Organizations, memberships and their invitations.

-- fragment: organization_columns
organizations.id, organizations.name, organizations.s3_integrations_folder,
       organizations.saml_info IS NOT NULL AS saml_enabled, organizations.saml_info, organizations.new_hire_delay_days,
       statistics.teams_count, statistics.members_count, organizations.created_at, organizations.updated_at

-- The caller's organizations; an employee's are all.
-- name: list_organizations
SELECT totals.total, {organization_columns},
       (muster_caller_is_employee() OR page.role = 1) AS administered
  FROM (SELECT CASE WHEN muster_caller_is_employee() THEN (SELECT organizations_count FROM directory_statistics)
                    ELSE (SELECT count(*) FROM memberships WHERE user_id = muster_caller() AND status = 'active') END AS total) AS totals
  LEFT JOIN LATERAL (
    (SELECT organizations.id, organizations.created_at, NULL::smallint AS role FROM organizations
      WHERE muster_caller_is_employee()
      ORDER BY organizations.created_at, organizations.id LIMIT :limit::bigint OFFSET :offset::bigint)
    UNION ALL
    (SELECT organizations.id, organizations.created_at, memberships.role
       FROM memberships JOIN organizations ON organizations.id = memberships.organization_id
      WHERE NOT muster_caller_is_employee() AND memberships.user_id = muster_caller() AND memberships.status = 'active'
      ORDER BY organizations.created_at, organizations.id LIMIT :limit::bigint OFFSET :offset::bigint)
  ) AS page ON true
  LEFT JOIN organizations ON organizations.id = page.id
  LEFT JOIN organization_statistics AS statistics ON statistics.organization_id = page.id
 ORDER BY page.created_at, page.id

-- name: organization_create
WITH created AS (
  INSERT INTO organizations (name, s3_integrations_folder) VALUES (:name, :s3_integrations_folder) RETURNING id, name
)
INSERT INTO teams (organization_id, name, type) SELECT id, name, 'ORGANIZATION' FROM created
RETURNING organization_id AS id

-- name: team_create
INSERT INTO teams (organization_id, parent_id, name, type)
SELECT organization_id, id, :name, 'LEARNER' FROM teams WHERE organization_id = :organization::uuid AND type = 'ORGANIZATION'
RETURNING id

-- name: membership_create
INSERT INTO memberships (organization_id, first_name, last_name, email, employee_id, job_title, role, status, invited_at)
VALUES (:organization::uuid, :first_name, :last_name, lower(:email), :employee_id, :job_title,
        CASE WHEN :org_admin::boolean THEN 1 ELSE 3 END, 'invited', now())
RETURNING id

-- A code that is taken gives no row, and another is drawn.
-- name: invitation_create
INSERT INTO invitations (membership_id, organization_id, invite_code, expires_at)
VALUES (:membership::uuid, :organization::uuid, :invite_code, :expires_at::timestamptz)
ON CONFLICT (invite_code) DO NOTHING
RETURNING id, invite_code

-- Teams of other organizations, and those that hold teams, take nobody: then it is not complete.
-- name: membership_join_teams
WITH joined AS (
  INSERT INTO team_members (team_id, membership_id, organization_id)
  SELECT teams.id, :membership::uuid, teams.organization_id FROM teams
   WHERE teams.id = ANY (:teams::uuid[]) AND teams.organization_id = :organization::uuid AND teams.type = 'LEARNER'
  RETURNING team_id
)
SELECT count(*) = (SELECT count(DISTINCT named) FROM unnest(:teams::uuid[]) AS named) AS complete FROM joined

-- name: show_invitation
SELECT id, organization_name, first_name AS membership_first_name, last_name AS membership_last_name, invite_code
  FROM invitation_codes
 WHERE invite_code = upper(:code) AND used_at IS NULL AND expires_at > now() AND status = 'invited'

-- For the rest of the transaction of whoever holds a code: it leads into an organization that the caller does not belong to yet.
-- name: reach_everything
SELECT set_config('muster.everything', 'true', true) AS everything

-- Teams that the membership learns in or administers; the one row of a team that does both says that it administers.
-- name: show_membership
WITH RECURSIVE target AS (
  SELECT memberships.*, own.role AS own_role, own.id AS own_id
    FROM memberships
    LEFT JOIN memberships AS own
      ON own.organization_id = memberships.organization_id AND own.user_id = muster_caller() AND own.status = 'active'
   WHERE memberships.id = :membership_id::uuid
     AND (own.id IS NOT NULL OR muster_caller_is_employee())
), above AS (
  SELECT teams.id, teams.parent_id
    FROM target
    JOIN (SELECT team_id, membership_id FROM team_members UNION ALL SELECT team_id, membership_id FROM team_admins) AS places
      ON places.membership_id = target.id
    JOIN teams ON teams.id = places.team_id
  UNION
  SELECT teams.id, teams.parent_id FROM above JOIN teams ON teams.id = above.parent_id
)
SELECT (muster_caller_is_employee() OR target.own_role = 1 OR target.own_id = target.id
        OR EXISTS (SELECT 1 FROM team_admins JOIN above ON above.id = team_admins.team_id
                    WHERE team_admins.membership_id = target.own_id)) AS permitted,
       target.id, target.organization_id, target.user_id, target.employee_id, target.first_name, target.last_name,
       target.email, target.job_title, target.role, target.role = 1 AS org_admin, target.status,
       CASE WHEN invitations.used_at IS NULL AND (muster_caller_is_employee() OR target.own_role = 1)
            THEN invitations.invite_code END AS invite_code,
       target.invited_at, target.joined_at, target.active_from, target.created_at, target.updated_at,
       teams.id AS team_id, teams.name AS team_name, teams.admin AS team_admin
  FROM target
  LEFT JOIN invitations ON invitations.membership_id = target.id
  LEFT JOIN LATERAL (
    SELECT teams.id, teams.name, teams.created_at, bool_or(belongs.admin) AS admin
      FROM (SELECT team_id, false AS admin FROM team_members WHERE membership_id = target.id
            UNION ALL
            SELECT team_id, true FROM team_admins WHERE membership_id = target.id) AS belongs
      JOIN teams ON teams.id = belongs.team_id
     GROUP BY teams.id
  ) AS teams ON true
 ORDER BY teams.created_at, teams.id
