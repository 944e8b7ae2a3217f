-- wrk: the same tool call, over and over, on kept-alive connections.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["Mcp-Session-Id"] = os.getenv("BENCH_SESSION")
wrk.headers["Mcp-Protocol-Version"] = os.getenv("BENCH_VERSION")

-- A refused tool call is HTTP 200 all the same: count those, so that a fast refusal never passes for a fast answer.
local threads = {}
refused = 0
function setup(thread)
  table.insert(threads, thread)
end
function response(_, _, body)
  if body:find('"isError":true', 1, true) or body:find('"error":', 1, true) then refused = refused + 1 end
end
function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("refused") end
  io.write(string.format("Refused calls: %d\n", sum))
end
