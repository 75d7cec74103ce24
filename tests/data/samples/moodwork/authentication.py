import http.client
import requests
import json
url = "https://public-api.moodwork.com/v3/users/delete"
payload = {}
headers = {
'Authorization': 'Bearer mydeveloperkey',
'Content-Type': 'application/json'
}
response = requests.request("POST", url, headers=headers, data=payload)
