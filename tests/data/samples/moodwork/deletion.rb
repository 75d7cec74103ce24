require 'kittn'
require "uri"
require "json"
require "net/http"
url = URI("https://public-api.moodwork.com/v3/users/delete")
http = Net::HTTP.new(url.host, url.port);
request = Net::HTTP::Post.new(url)
request["Authorization"] = "Bearer mydeveloperkey"
request["Content-Type"] = "application/json"
request.body = JSON.dump({
"emails": [
"john.doe@mycompany.com",
"ashley.doe@mycompany.com"
]
})
response = http.request(request)
puts response.read_body
