-- More addresses than the memory of an isolate holds, in turn, so that each is read from KV again.
local at = 0
request = function()
  at = at + 1
  return wrk.format("GET", "/api/v1/insights/m" .. (at % 1500))
end
