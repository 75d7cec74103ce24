# With shell, you can just pass the correct header with each request
curl "https://public-api.moodwork.com/v3/users/delete" \
-H "Authorization: Bearer mydeveloperkey" -H "Content-Type: application/json"
