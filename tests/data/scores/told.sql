-- What is stored to be told of the scores of an organization.
CREATE FUNCTION pg_temp.told(organization uuid)
RETURNS TABLE (team_id uuid, month text, learners bigint, due bigint, completed bigint, planned bigint, done bigint) LANGUAGE sql AS $$
  SELECT team_scores.team_id, point ->> 'month', (point ->> 'learners')::bigint, (point ->> 'due')::bigint,
         (point ->> 'completed')::bigint, (point ->> 'refinements_planned')::bigint, (point ->> 'refinements_done')::bigint
    FROM team_scores CROSS JOIN LATERAL json_array_elements(data_points::json) AS point
   WHERE organization_id = organization
$$
