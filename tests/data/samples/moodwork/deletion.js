var myHeaders = new Headers();
myHeaders.append("Authorization", "Bearer mydeveloperkey");
myHeaders.append("Content-Type", "application/json");
var raw = JSON.stringify({
"emails": [
"john.doe@mycompany.com",
"ashley.doe@mycompany.com"
]
});
var requestOptions = {
method: 'POST',
headers: myHeaders,
body: raw,
redirect: 'follow'
};
fetch("https://public-api.moodwork.com/v3/users/delete", requestOptions)
.then(response => response.text())
.then(result => console.log(result))
.catch(error => console.log('error', error));
