-- What employees see and change everywhere, and what organization admins change of their own organization.

-- --- Organizations ---

-- A page of all organizations.
-- name: admin_list_organizations
SELECT totals.total, true AS administered, {organization_columns}
  FROM (SELECT organizations_count AS total FROM directory_statistics) AS totals
  LEFT JOIN LATERAL (SELECT * FROM organizations AS page ORDER BY page.created_at, page.id
                      LIMIT :limit::bigint OFFSET :offset::bigint) AS organizations ON true
  LEFT JOIN organization_statistics AS statistics ON statistics.organization_id = organizations.id
 ORDER BY organizations.created_at, organizations.id

-- One organization, for those who may change it.
-- name: admin_show_organization
SELECT true AS administered, {organization_columns}
  FROM organizations JOIN organization_statistics AS statistics ON statistics.organization_id = organizations.id
 WHERE organizations.id = :organization_id::uuid

-- What a change of an organization is judged by.
-- name: organization_to_change
SELECT organizations.id, (own.role = 1 OR muster_caller_is_employee()) AS permitted
  FROM organizations
  LEFT JOIN memberships AS own
    ON own.organization_id = organizations.id AND own.user_id = muster_caller() AND own.status = 'active'
 WHERE organizations.id = :organization::uuid AND (own.id IS NOT NULL OR muster_caller_is_employee())
   FOR NO KEY UPDATE OF organizations

-- What is given replaces. The root team carries the organization's name.
-- name: organization_update
WITH root AS (
  UPDATE teams SET name = :name, updated_at = now()
   WHERE organization_id = :organization::uuid AND type = 'ORGANIZATION' AND :name::text IS NOT NULL AND name <> :name
)
UPDATE organizations
   SET name = coalesce(:name, name),
       s3_integrations_folder = CASE WHEN :folder_given::boolean THEN :s3_integrations_folder ELSE s3_integrations_folder END,
       saml_info = CASE WHEN :saml_info_given::boolean THEN :saml_info ELSE saml_info END,
       saml_entity_id = CASE WHEN :saml_info_given::boolean THEN :saml_entity_id ELSE saml_entity_id END,
       new_hire_delay_days = coalesce(:new_hire_delay_days::integer, new_hire_delay_days),
       updated_at = now()
 WHERE id = :organization::uuid

-- Distinct titles of people who are there or invited, compared without case, in the spelling of the first. Each is looked up behind the one before, so
-- that it does not matter how many people have it.
-- name: list_job_titles
WITH RECURSIVE titles AS (
  (SELECT job_title_key, job_title FROM memberships
    WHERE organization_id = :organization_id::uuid AND status <> 'inactive' AND job_title_key IS NOT NULL
    ORDER BY job_title_key, created_at, id LIMIT 1)
  UNION ALL
  SELECT next.job_title_key, next.job_title
    FROM titles
    CROSS JOIN LATERAL (SELECT job_title_key, job_title FROM memberships
                         WHERE organization_id = :organization_id::uuid AND status <> 'inactive' AND job_title_key > titles.job_title_key
                         ORDER BY job_title_key, created_at, id LIMIT 1) AS next
)
SELECT btrim(job_title) AS job_title FROM titles ORDER BY job_title_key

-- name: organization_exists
SELECT id FROM organizations WHERE id = :organization::uuid

-- --- Memberships ---

-- A page of the memberships of all organizations, or of those that are named. Those of several are merged from as many of each as could stand on the
-- page or before it.
-- name: admin_memberships_of_organizations
WITH totals AS (
  SELECT CASE WHEN :organization_id::uuid[] IS NULL
              THEN coalesce(muster_rows('memberships'), (SELECT sum(memberships_count) FROM organization_statistics))
              ELSE (SELECT sum(memberships_count) FROM organization_statistics
                     WHERE organization_id = ANY (:organization_id::uuid[])) END AS total
), page AS MATERIALIZED (
  (SELECT each.id FROM memberships AS each
    WHERE :organization_id::uuid[] IS NULL
    ORDER BY each.created_at, each.id LIMIT :limit::bigint OFFSET :offset::bigint)
  UNION ALL
  (SELECT each.id FROM memberships AS each
    WHERE cardinality(:organization_id::uuid[]) = 1 AND each.organization_id = (:organization_id::uuid[])[1]
    ORDER BY each.organization_id, each.created_at, each.id LIMIT :limit::bigint OFFSET :offset::bigint)
  UNION ALL
  (SELECT first.id
     FROM (SELECT DISTINCT unnest(:organization_id::uuid[]) AS id) AS named
     CROSS JOIN LATERAL (SELECT each.id, each.created_at FROM memberships AS each
                          WHERE each.organization_id = named.id
                          ORDER BY each.created_at, each.id LIMIT :limit::bigint + :offset::bigint) AS first
    WHERE cardinality(:organization_id::uuid[]) > 1
    ORDER BY first.created_at, first.id LIMIT :limit::bigint OFFSET :offset::bigint)
)
SELECT coalesce(totals.total, 0) AS total, {membership_columns},
       CASE WHEN invitations.used_at IS NULL THEN invitations.invite_code END AS invite_code
  FROM totals
  LEFT JOIN LATERAL (SELECT memberships.* FROM page JOIN memberships ON memberships.id = page.id) AS memberships ON true
  {belongs_to_teams}
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- A page of the memberships that are named or belong to the teams that are named; all filters must hold.
-- name: admin_memberships_matching
WITH matching AS MATERIALIZED (
  SELECT memberships.id, memberships.created_at FROM memberships
   WHERE memberships.id = ANY (:id::uuid[])
     AND (:organization_id::uuid[] IS NULL OR memberships.organization_id = ANY (:organization_id::uuid[]))
     AND (:team_id::uuid[] IS NULL
          OR EXISTS (SELECT 1 FROM team_members WHERE membership_id = memberships.id AND team_members.team_id = ANY (:team_id::uuid[])))
  UNION
  SELECT memberships.id, memberships.created_at
    FROM team_members JOIN memberships ON memberships.id = team_members.membership_id
   WHERE :id::uuid[] IS NULL AND team_members.team_id = ANY (:team_id::uuid[])
     AND (:organization_id::uuid[] IS NULL OR memberships.organization_id = ANY (:organization_id::uuid[]))
)
SELECT totals.total, {membership_columns},
       CASE WHEN invitations.used_at IS NULL THEN invitations.invite_code END AS invite_code
  FROM (SELECT count(*) AS total FROM matching) AS totals
  LEFT JOIN LATERAL (SELECT memberships.* FROM (SELECT id FROM matching ORDER BY created_at, id
                                                 LIMIT :limit::bigint OFFSET :offset::bigint) AS page
                       JOIN memberships ON memberships.id = page.id) AS memberships ON true
  {belongs_to_teams}
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- name: admin_show_membership
SELECT {membership_columns},
       CASE WHEN invitations.used_at IS NULL THEN invitations.invite_code END AS invite_code
  FROM memberships
  {belongs_to_teams}
 WHERE memberships.id = :membership_id::uuid
 ORDER BY belongs.team_created_at, belongs.team_id

-- What a change of a membership's role is judged by; the organization's row is locked first, so that of two demotions one sees the other.
-- name: membership_to_change
WITH locked AS (
  SELECT organizations.id FROM organizations
   WHERE organizations.id = (SELECT organization_id FROM memberships WHERE id = :membership::uuid)
     FOR NO KEY UPDATE
)
SELECT memberships.id, memberships.role = 1 AS org_admin, (own.role = 1 OR muster_caller_is_employee()) AS permitted
  FROM locked
  JOIN memberships ON memberships.organization_id = locked.id AND memberships.id = :membership::uuid
  LEFT JOIN memberships AS own
    ON own.organization_id = memberships.organization_id AND own.user_id = muster_caller() AND own.status = 'active'
 WHERE own.id IS NOT NULL OR muster_caller_is_employee()

-- Whether an org admin besides one membership can sign in; the lock of membership_to_change is held, so that it stays true.
-- name: other_admin
SELECT EXISTS (SELECT 1
                 FROM memberships AS one
                 JOIN memberships ON memberships.organization_id = one.organization_id AND memberships.id <> one.id
                 JOIN users ON users.id = memberships.user_id AND users.enabled
                WHERE one.id = :membership::uuid AND memberships.role = 1 AND memberships.status = 'active') AS found

-- name: membership_set_admin
UPDATE memberships SET role = CASE WHEN :org_admin::boolean THEN 1 ELSE 3 END, updated_at = now()
 WHERE id = :membership::uuid AND (role = 1) <> :org_admin::boolean

-- --- Invitations ---

-- fragment: invitation_columns
invitations.id, invitations.membership_id, invitations.organization_id, invitations.invite_code, invitations.used_at,
       invitations.expires_at, invitations.created_at

-- A page of invitations, of all or of those that are named; both filters must hold.
-- name: admin_list_invitations
WITH named AS MATERIALIZED (
  SELECT each.id, each.created_at FROM invitations AS each
   WHERE :membership_id::uuid[] IS NULL AND each.id = ANY (:id::uuid[])
  UNION ALL
  SELECT each.id, each.created_at FROM invitations AS each
   WHERE each.membership_id = ANY (:membership_id::uuid[]) AND (:id::uuid[] IS NULL OR each.id = ANY (:id::uuid[]))
), totals AS (
  SELECT CASE WHEN :id::uuid[] IS NULL AND :membership_id::uuid[] IS NULL
              THEN coalesce(muster_rows('invitations'), (SELECT count(*) FROM invitations))
              ELSE (SELECT count(*) FROM named) END AS total
), page AS MATERIALIZED (
  (SELECT each.id FROM invitations AS each
    WHERE :id::uuid[] IS NULL AND :membership_id::uuid[] IS NULL
    ORDER BY each.created_at, each.id LIMIT :limit::bigint OFFSET :offset::bigint)
  UNION ALL
  (SELECT named.id FROM named ORDER BY named.created_at, named.id LIMIT :limit::bigint OFFSET :offset::bigint)
)
SELECT totals.total, {invitation_columns}
  FROM totals
  LEFT JOIN LATERAL (SELECT invitations.* FROM page JOIN invitations ON invitations.id = page.id) AS invitations ON true
 ORDER BY invitations.created_at, invitations.id

-- name: admin_show_invitation
SELECT {invitation_columns} FROM invitations WHERE id = :invitation_id::uuid

-- --- Teams ---

-- A page of an organization's teams.
-- name: admin_list_teams
SELECT totals.total, {team_columns}
  FROM (SELECT statistics.teams_count AS total FROM organization_statistics AS statistics
         WHERE statistics.organization_id = :organization_id::uuid) AS totals
  LEFT JOIN LATERAL (SELECT * FROM teams AS page
                      WHERE page.organization_id = :organization_id::uuid AND page.type <> 'ORGANIZATION'
                      ORDER BY page.created_at, page.id LIMIT :limit::bigint OFFSET :offset::bigint) AS teams ON true
  {team_figures}
 ORDER BY teams.created_at, teams.id

-- name: admin_team
SELECT {team_columns}
  FROM teams {team_figures}
 WHERE teams.id = :team::uuid AND teams.organization_id = :organization::uuid

-- The people of a team; those who learn or those who administer it.
-- name: admin_team_members
SELECT {membership_columns},
       CASE WHEN invitations.used_at IS NULL THEN invitations.invite_code END AS invite_code
  FROM team_members JOIN memberships ON memberships.id = team_members.membership_id
  {belongs_to_teams}
 WHERE team_members.team_id = :team::uuid
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- name: admin_team_admins
SELECT {membership_columns},
       CASE WHEN invitations.used_at IS NULL THEN invitations.invite_code END AS invite_code
  FROM team_admins JOIN memberships ON memberships.id = team_admins.membership_id
  {belongs_to_teams}
 WHERE team_admins.team_id = :team::uuid
 ORDER BY memberships.created_at, memberships.id, belongs.team_created_at, belongs.team_id

-- Changes of one organization's tree follow each other: otherwise two moves could close a circle that neither sees.
-- name: organization_tree_lock
SELECT id FROM teams WHERE organization_id = :organization::uuid AND type = 'ORGANIZATION' FOR NO KEY UPDATE

-- Whether a team is the other one or lies below it, and how deep both reach together.
-- name: team_below
WITH RECURSIVE above AS (
  SELECT start.id, start.parent_id, 1 AS height FROM teams AS start WHERE start.id = :team::uuid
  UNION ALL
  SELECT next.id, next.parent_id, above.height + 1 FROM above JOIN teams AS next ON next.id = above.parent_id
), below AS (
  SELECT :other::uuid AS id, 1 AS depth
  UNION ALL
  SELECT next.id, below.depth + 1 FROM below JOIN teams AS next ON next.parent_id = below.id
)
SELECT EXISTS (SELECT 1 FROM above WHERE above.id = :other::uuid) AS below,
       (SELECT max(height) FROM above) + (SELECT max(depth) FROM below) AS levels

-- name: team_update
UPDATE teams SET name = coalesce(:name, name), parent_id = coalesce(:parent::uuid, parent_id),
       type = coalesce(:type, type), updated_at = now()
 WHERE id = :team::uuid

-- How many of these are no memberships of the organization. No index answers IS TRUE: they are looked up by their ids, however few people the planner thinks
-- the organization has.
-- name: memberships_unknown
SELECT count(*) AS unknown FROM unnest(:memberships::uuid[]) AS named (id)
 WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE memberships.id = named.id AND (memberships.organization_id = :organization::uuid) IS TRUE)

-- name: team_contents
SELECT EXISTS (SELECT 1 FROM team_members WHERE team_id = :team::uuid) AS has_members,
       EXISTS (SELECT 1 FROM teams WHERE parent_id = :team::uuid) AS has_teams

-- The lists replace: who is not named any more goes, who is new comes.
-- name: team_members_replace
WITH gone AS (
  DELETE FROM team_members WHERE team_id = :team::uuid AND membership_id <> ALL (:memberships::uuid[])
)
INSERT INTO team_members (team_id, membership_id, organization_id)
SELECT :team::uuid, memberships.id, memberships.organization_id FROM memberships
 WHERE (memberships.organization_id = :organization::uuid) IS TRUE AND memberships.id = ANY (:memberships::uuid[])
ON CONFLICT DO NOTHING

-- name: team_admins_replace
WITH gone AS (
  DELETE FROM team_admins WHERE team_id = :team::uuid AND membership_id <> ALL (:memberships::uuid[])
)
INSERT INTO team_admins (team_id, membership_id, organization_id)
SELECT :team::uuid, memberships.id, memberships.organization_id FROM memberships
 WHERE (memberships.organization_id = :organization::uuid) IS TRUE AND memberships.id = ANY (:memberships::uuid[])
ON CONFLICT DO NOTHING

-- --- Users ---

-- name: admin_show_user
SELECT {user_columns}
  FROM users
  {seen_memberships}
 WHERE users.id = :user_id::uuid
 ORDER BY memberships.created_at, memberships.id

-- name: user_to_change
SELECT id, username, email, provider, enabled FROM users WHERE id = :user::uuid FOR NO KEY UPDATE

-- name: user_update
UPDATE users
   SET username = CASE WHEN :username_given::boolean THEN :username ELSE username END,
       email = CASE WHEN :email_given::boolean THEN :email ELSE email END,
       first_name = coalesce(:first_name, first_name), last_name = coalesce(:last_name, last_name),
       language_code = coalesce(:language_code, language_code),
       worklete_employee = coalesce(:worklete_employee::boolean, worklete_employee),
       enabled = coalesce(:enabled::boolean, enabled),
       former_uids = CASE WHEN lower(uid) = ANY (former_uids) THEN former_uids ELSE former_uids || lower(uid) END,
       updated_at = now()
 WHERE id = :user::uuid
RETURNING enabled, uid

-- The names that a reset by an admin is judged by.
-- name: user_to_reset
SELECT users.id, users.username, users.email, users.uid, users.enabled,
       (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_administers_user}) AS permitted
  FROM users
 WHERE users.id = :user::uuid
   AND (users.id = muster_caller() OR muster_caller_is_employee() OR {caller_knows_user})
