curl -L -X DELETE ‘https://<moab url>/api/v1/user/<id>’ \
-H ‘Content-Type: application/json’ \
-H ‘Authorization: Bearer <identity>.<security token>’
