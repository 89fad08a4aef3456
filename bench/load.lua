-- The requests that wrk sends, told by the environment, and its figures as one line of JSON at the end.
-- QAMERA_BENCH_METHOD, _TARGET and _BODY: the request. _KEY: the X-Api-Key; with _KEYS above 1, the "%d" in it
-- counts up to that.
local method = os.getenv("QAMERA_BENCH_METHOD") or "GET"
local target = os.getenv("QAMERA_BENCH_TARGET") or "/"
local body = os.getenv("QAMERA_BENCH_BODY")
local key = os.getenv("QAMERA_BENCH_KEY")
local keys = tonumber(os.getenv("QAMERA_BENCH_KEYS") or "1")
local threads = 0
local prepared, at = {}, 0

wrk.method = method
wrk.path = target
wrk.body = body
if body then wrk.headers["Content-Type"] = "application/json" end
if key then wrk.headers["X-Api-Key"] = string.format(key, 1) end

-- Without these functions wrk sends one prepared request, and spends nothing on Lua.
if keys > 1 then
  function setup(thread)
    thread:set("place", threads)
    threads = threads + 1
  end

  function init()
    for i = 1, keys do
      wrk.headers["X-Api-Key"] = string.format(key, i)
      prepared[i] = wrk.format(method, target, wrk.headers, body)
    end
    -- Threads start far apart, so that together they visit every key.
    at = math.floor(place * keys / 2) % keys
  end

  function request()
    at = at % keys + 1
    return prepared[at]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"micros":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,' ..
    '"p50":%.1f,"p99":%.1f,"max":%.1f}\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.timeout,
    errors.status, latency:percentile(50), latency:percentile(99), latency.max))
end
