-- Readers who ask for the addresses in a file, one a line, by Zipf's law: the one at place k as often as 1/k^s.
-- Arguments: the file, s, milliseconds that each connection waits before it asks again, a seed.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  requests, below, edge, shared, origin, oldest, refused = {}, {}, 0, 0, 0, 0, ''
  local s, sum = tonumber(arguments[2]), 0
  for path in io.lines(arguments[1]) do
    table.insert(requests, wrk.format('GET', path))
    sum = sum + 1 / (#requests) ^ s
    table.insert(below, sum)
  end
  total, pause = sum, tonumber(arguments[3])
  math.randomseed(tonumber(arguments[4]))
end

function delay()
  return pause
end

function request()
  local wanted, low, high = math.random() * total, 1, #below
  while low < high do
    local middle = math.floor((low + high) / 2)
    if below[middle] < wanted then low = middle + 1 else high = middle end
  end
  return requests[low]
end

function response(status, headers, body)
  local how = headers['Cache-Status'] or headers['cache-status'] or ''
  local ours = how:match('SabiScore%-Edge;([^,]*)') or ''
  oldest = math.max(oldest, tonumber(headers['Age'] or headers['age'] or '0'))
  if status >= 400 then refused = status .. ' ' .. (body:match('"type": ?"([^"]+)"') or '') end
  if not ours:find('^ hit') then origin = origin + 1
  elseif ours:find('detail=upstash', 1, true) then shared = shared + 1
  else edge = edge + 1 end
end

function done(summary, latency, _)
  local seen = { edge = 0, shared = 0, origin = 0, oldest = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(seen) do
      local value = thread:get(name)
      seen[name] = name == 'oldest' and math.max(seen[name], value) or seen[name] + value
    end
  end
  local refused = threads[1]:get('refused')
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50_us":%d,"p99_us":%d,"longest_us":%d,"edge":%d,"shared":%d,"origin":%d,"oldest_s":%d,"refused":"%s"}\n',
    summary.requests, summary.duration, errors.connect, errors.read, errors.write, errors.status, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, seen.edge, seen.shared, seen.origin, seen.oldest, refused))
end
