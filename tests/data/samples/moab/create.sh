curl -L -X POST ‘https://<moab url>/api/v1/user’ \
-H ‘Content-Type: application/json’ \
-H ‘Authorization: Bearer <identity>.<security token>’ \
–data-raw ‘{
“firstName”: “<first name>”,
“lastName”: “<last name>”,
“userDescription”: “<description>”,
“userEmailAddress”: “<user@mail.com>”,
“userPassword”: “<password>”,
“role”: <1,2 or 3>,
“userGroup”: <group id>,
“agreeToTermsAndPolicies”: <0 or 1>,
“enabled”: <0 or 1>
}’
