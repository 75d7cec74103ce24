import requests
import json
url = "https://public-api.moodwork.com/v3/users/delete"
payload = json.dumps({
"emails": [
"john.doe@mycompany.com",
"ashley.doe@mycompany.com"
]
})
headers = {
'Authorization': 'Bearer mydeveloperkey',
'Content-Type': 'application/json'
}
response = requests.request("POST", url, headers=headers, data=payload)
print(response.text)
