-- What wrk sends: requests of many different people, made before the clock starts, and one line of figures at the end.
-- Arguments after the address: what is asked for, how many people there are, a seed, the pause between two requests in milliseconds, and a file with
-- names of people to search for, a line each.

local PREPARED = 20000
local ADMINISTRATORS = 100
local EMPLOYEES = 100
local LARGE_COMPANY = "00000000-0002-4000-8000-000000000000"
local LARGE_COMPANY_PEOPLE = 100000
local COURSE = "00000000-0006-4000-8000-000000000000"
local PAGES = 20
local requests, position, pause, names = {}, 0, 0, {}

local function session_headers(person)
  return {
    ["access-token"] = string.format("bench-token-of-forty-three-characters-%08d", person),
    ["client"] = string.format("bench-client-%09d", person),
    ["uid"] = "person" .. person,
    ["token-type"] = "Bearer",
    ["Accept"] = "application/json",
  }
end

local function user_id(person)
  return string.format("%08x-0001-4000-8000-%012x", person * 2654435761 % 4294967296, person)
end

local function encoded(text)
  return (text:gsub("[^%w]", function(character)
    return string.format("%%%02X", character:byte())
  end))
end

-- The first team of the lowest level.
local function team_id()
  local number = 800001
  return string.format("%08x-0005-4000-8000-%012x", number * 2654435761 % 4294967296, number)
end

-- No event is sent twice, in this run or another.
local function event(number)
  return string.format('{"event_type":"update_progress","player_session_id":"%08x-0008-4000-8000-%012x","client_supplied_occured_at_in_ms":%d,'
    .. '"progress":{"slide":%d,"answers":[1,3,2]}}', os.time(), number, os.time() * 1000, number % 40)
end

local kinds = {
  plain = function()
    return wrk.format("GET", nil, { ["Accept"] = "application/json" })
  end,
  session = function(person)
    return wrk.format("GET", "/api/v1/session", session_headers(person))
  end,
  user = function(person)
    return wrk.format("GET", "/api/v1/users/" .. user_id(person), session_headers(person))
  end,
  page = function(person)
    return wrk.format("GET", "/api/v1/users?size=25", session_headers(person % ADMINISTRATORS + 1))
  end,
  members = function(person)
    local path = string.format("/api/v1/worklete_admin/memberships?organization_id=%s&size=25&page=%d", LARGE_COMPANY, math.random(PAGES))
    return wrk.format("GET", path, session_headers(ADMINISTRATORS + person % EMPLOYEES + 1))
  end,
  search = function(person)
    local path = string.format("/api/v1/teams/%s/admins/potential_admins?q=%s", team_id(), encoded(names[person % #names + 1]))
    return wrk.format("GET", path, session_headers(person % ADMINISTRATORS + 1))
  end,
  teams = function(person)
    return wrk.format("GET", "/api/v1/organizations/" .. LARGE_COMPANY .. "/my_teams", session_headers(person % ADMINISTRATORS + 1))
  end,
  scores = function(person)
    local headers = session_headers(person % ADMINISTRATORS + 1)
    headers["Accept-Encoding"] = "gzip"
    return wrk.format("GET", "/api/v1/organizations/" .. LARGE_COMPANY .. "/my_teams/worklete_score", headers)
  end,
  events = function(person, number)
    local headers = session_headers(ADMINISTRATORS + EMPLOYEES + 1 + person % (LARGE_COMPANY_PEOPLE - ADMINISTRATORS - EMPLOYEES))
    headers["Content-Type"] = "application/json"
    return wrk.format("POST", "/api/v1/player/courses/" .. COURSE .. "/user_course_statuses", headers, event(number))
  end,
  sign_in = function(person)
    local body = string.format('{"username":"person%d","password":"correct horse battery"}', person)
    return wrk.format("POST", "/api/v1/auth/sign_in", { ["Content-Type"] = "application/json" }, body)
  end,
}

function init(arguments)
  local make, people = kinds[arguments[1]], tonumber(arguments[2])
  math.randomseed(tonumber(arguments[3]))
  if arguments[5] then
    for name in io.lines(arguments[5]) do
      names[#names + 1] = name
    end
  end
  for i = 1, PREPARED do
    requests[i] = make(math.random(people), i)
  end
  pause = tonumber(arguments[4]) or 0
  if pause > 0 then
    delay = function()
      return pause
    end
  end
end

function request()
  position = position % PREPARED + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("figures %.2f %d %d %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), failed, summary.requests))
end
