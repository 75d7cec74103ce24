require 'net/http'
uri = URI("https://public-api.moodwork.com/v3/users/delete")
req = Net::HTTP::Post.new(uri)
req['Content-Type'] = "application/json"
req['Authorization'] = "Bearer mydeveloperkey"
