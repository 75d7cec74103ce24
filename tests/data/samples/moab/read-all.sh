curl -L -X GET ‘https://<moab url>/api/v1/User/’ \
-H ‘Content-Type: application/json’ \
-H ‘Authorization: Bearer <identity>.<security token>’
