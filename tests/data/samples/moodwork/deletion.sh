curl --location --request POST 'https://public-api.moodwork.com/v3/users/delete' \
--header 'Authorization: Bearer mydeveloperkey' \
--header 'Content-Type: application/json' \
--data-raw '{
"emails": [
"john.doe@mycompany.com",
"ashley.doe@mycompany.com"
]
}'
