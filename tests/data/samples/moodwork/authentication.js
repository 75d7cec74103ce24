const options = {method: 'POST', headers: {Authorization: 'Bearer mydeveloperkey', Content-Type: 'application/json'}};
fetch('https://public-api.moodwork.com/v3/users/delete', options)
